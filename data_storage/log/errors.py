"""What can be wrong with a log.

::

    market.errors.SetupError
    `- NotAppended     the disk did not take a frame: nothing of it is stored, the log is as before
    market.errors.TruetickError
    |- LogFailed       the disk did not keep what it had taken: this writer appends no more
    `- SegmentGone     where a reader wanted to go on has been compacted away: load the manifest anew
"""

from data_storage.log.segments import Position
from market.errors import SetupError, TruetickError


class NotAppended(SetupError):
    """The frame is not in the log, nor a part of it; the same may be appended again once there is room."""


class LogFailed(TruetickError):
    """A sync or the removal of a torn frame failed.

    What was appended since the last good sync may be lost at a power cut, though it reads well now: the
    system reports a failed write once, and a second sync would seem to work. So it is never tried again.
    """


class SegmentGone(TruetickError):
    """The segment that a reader wanted to go on with was dropped, so files have what it held.

    When the manifest has no later position all the same, segments were removed by hand: `oldest` is where
    what is left begins.
    """

    def __init__(self, message: str, oldest: Position) -> None:
        super().__init__(message)
        self.oldest = oldest
