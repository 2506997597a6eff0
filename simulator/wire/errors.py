"""What can be wrong with the bytes a client sends.

::

    BadRequest
    `- ProtocolError          the stream itself is unusable: close the connection
       `- MalformedRequest    one request is unreadable: refuse it, the stream goes on
"""

from market.errors import BadRequest


class ProtocolError(BadRequest):
    """What came is not TWS's protocol, or a version of it that is not served."""


class MalformedRequest(ProtocolError):
    """A request lacks fields or has one of the wrong kind."""
