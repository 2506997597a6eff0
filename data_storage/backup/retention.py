"""Which snapshots to keep: the last few, then the newest of each day, week and month."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from market.errors import BadRequest
from market.times import to_datetime


class Keep(msgspec.Struct, frozen=True):
    """How many to keep of each kind; days, weeks (from Monday) and months are UTC.

    Only periods with a snapshot count: a machine that was off for a month loses none by that.
    """

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    def __post_init__(self) -> None:
        if min(counts := msgspec.structs.astuple(self)) < 0 or not any(counts):
            raise BadRequest(
                "that would keep nothing; give a number above 0 for last, daily, weekly or monthly"
            )


_PERIODS: dict[str, Callable[[datetime], object]] = {
    "last": lambda moment: moment,
    "daily": datetime.date,
    "weekly": lambda moment: moment.isocalendar()[:2],
    "monthly": lambda moment: (moment.year, moment.month),
}


def kept(times: Sequence[int], keep: Keep) -> set[int]:
    """Those of the snapshots' `times` (UTC nanoseconds) that the rule keeps; the newest always.

    >>> day = 86_400 * 10**9
    >>> sorted(kept([0, 1, day, 2 * day], Keep(daily=2))) == [day, 2 * day]
    True
    """
    found = set(times and [max(times)])
    for name, period_of in _PERIODS.items():
        newest = dict[object, int]()
        for time in sorted(set(times), reverse=True):
            # Two of one microsecond are still two.
            period = time if name == "last" else period_of(to_datetime(time))
            newest.setdefault(period, time)
        found |= set(list(newest.values())[: getattr(keep, name)])
    return found
