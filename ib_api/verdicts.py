"""What a refusal means for a stream that is still wanted."""

from typing import Literal

from ib_api.error_codes import lookup
from market.errors import ConnectionFailed, PacingRefused, RequestTimedOut

Verdict = Literal["lost", "pause", "queue", "again", "end"]
"""The line broke, which is dealt with elsewhere; hold everything back; ask when a place is free; ask again
soon; it is over."""

COMPETING = 10197
"""Another session of the login has the market data."""

_DUPLICATE = (102, 322)
"""The request id is in use, in two words."""


def judge(error: Exception) -> Verdict:
    """What is to be done.

    >>> judge(PacingRefused("full", code=101))
    'queue'
    """
    code = getattr(error, "code", 0)
    if isinstance(error, ConnectionFailed):
        return "lost"
    if code == COMPETING:
        return "pause"
    if isinstance(error, PacingRefused):
        return "queue"
    if code in _DUPLICATE or lookup(code).effect == "renew" or isinstance(error, RequestTimedOut):
        return "again"
    return "end"
