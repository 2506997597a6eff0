"""When to ask for a hole again, and when to call it a gap."""

from collections.abc import Hashable

import msgspec

from market.errors import BadRequest, PacingRefused, RequestFailed, RequestTimedOut
from market.times import SECOND

FIRST_WAIT, LONGEST_WAIT = 15 * SECOND, 300 * SECOND
# A refusal may be a passing one in other words: only one that stays for about ten minutes counts.
REFUSALS = 6


class _Tries(msgspec.Struct):
    due: int = 0
    wait: int = FIRST_WAIT
    refusals: int = 0


class Patience:
    """Holes that have to wait, by any key of theirs; times are those of the clock in use."""

    def __init__(self) -> None:
        self._tries = dict[Hashable, _Tries]()

    def due(self, key: Hashable) -> int:
        """When it may be tried; 0 when it never failed."""
        tries = self._tries.get(key)
        return tries.due if tries else 0

    def not_before(self, key: Hashable, time: int) -> None:
        """It has nothing to ask for before `time`; that is no failure."""
        self._tries.setdefault(key, _Tries()).due = time

    def failed(self, key: Hashable, error: BaseException, now: int) -> bool:
        """Let it wait, longer each time; true once the same refusal came too often to be a passing one."""
        tries = self._tries.setdefault(key, _Tries())
        tries.refusals += is_refusal(error)
        tries.due = now + tries.wait
        tries.wait = min(2 * tries.wait, LONGEST_WAIT)
        return tries.refusals >= REFUSALS

    def succeeded(self, key: Hashable) -> None:
        """It goes on; what was before is forgotten."""
        self._tries.pop(key, None)

    def hurry(self) -> None:
        """Something changed for the better: what failed may be tried now."""
        for tries in self._tries.values():
            if tries.wait > FIRST_WAIT:
                tries.due, tries.wait = 0, FIRST_WAIT


def is_refusal(error: BaseException) -> bool:
    """Whether the broker said no, as opposed to: not now, or nothing at all.

    >>> is_refusal(RequestFailed("no such data")), is_refusal(PacingRefused("too often"))
    (True, False)
    """
    passing = isinstance(error, PacingRefused | RequestTimedOut)
    return isinstance(error, RequestFailed | BadRequest) and not passing
