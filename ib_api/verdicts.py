"""What a refusal means for a stream that is still wanted."""

from typing import Literal

from market.errors import ConnectionFailed, PacingRefused, RequestTimedOut

Verdict = Literal["lost", "pause", "queue", "again", "end"]
"""The line broke, which is dealt with elsewhere; hold everything back; ask when a place is free; ask again
soon; it is over."""

COMPETING = 10197
"""Another session of the login has the market data."""

_AGAIN = frozenset(
    {
        102,  # the request id is in use
        322,  # the same, in other words
        316,  # the book was halted
        10182,  # the stream was cut off
        10185,  # the stream ended with an error
        10225,  # a bust deactivated 5-second bars
    }
)


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
    if code in _AGAIN or isinstance(error, RequestTimedOut):
        return "again"
    return "end"
