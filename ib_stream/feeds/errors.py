"""What `Feeds.join` refuses with, besides `ContractNotFound` and `AmbiguousContract`.

::

    BadRequest (market.errors)
    `- BadTopic          the name says nothing that can be streamed
    PacingRefused
    `- TooManyStreams    no place for another stream at present
    ConnectionFailed
    `- Unavailable       there is no connection to the broker at present
"""

from market.errors import BadRequest, ConnectionFailed, PacingRefused


class BadTopic(BadRequest):
    """No such thing can be streamed; the message says what can."""


class TooManyStreams(PacingRefused):
    """All places are taken; it is worth asking again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ConnectionFailed):
    """The line to the broker is down and is being made anew; ask again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
