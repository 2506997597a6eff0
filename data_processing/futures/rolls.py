"""Which contract of a chain is in front on which trading date, and when that changes.

A date is decided by what was known before it began: volume up to the date before, open interest up to the one
before that, since exchanges publish it on the next day. So the table of today is never changed by tomorrow's
data, and a backtest over a view sees no roll that nobody could have made. The front never goes back to an
earlier expiry.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from market.errors import BadRequest
from market.instrument import Instrument

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_LAG = {"volume": 1, "interest": 2}


class RollRule(msgspec.Struct, frozen=True):
    """When to go on to a later contract: once its `volume` or open `interest` is the greater, or from so many
    calendar `days` before the front's last trading date on. It always does after that date.
    """

    by: Literal["volume", "interest", "days"] = "volume"
    days: int = 5

    def __post_init__(self) -> None:
        if self.days < 0:
            raise BadRequest(f"{self.days} days before expiry: give 0 or more")


class Front(msgspec.Struct, frozen=True):
    """`contract` is in front on trading date `day` (days since 1970), which begins at `time`."""

    day: int
    time: int
    contract: Instrument


class Roll(msgspec.Struct, frozen=True):
    """From trading date `day` (days since 1970) on, which begins at `time`, `after` is in front.

    `before` is `None` for the first contract of all.
    """

    day: int
    time: int
    before: Instrument | None
    after: Instrument


def fronts(rule: RollRule, expiries: Ints, days: Ints, traded: Bools, active: Floats) -> Ints:
    """The place in the chain of the front of each date.

    `expiries` and `days` are days since 1970, both sorted. `traded` and `active` have a row for each of
    `days` and a column for each expiry: whether there was a bar, and volume or open interest, NaN where
    nothing is known. A contract can be in front from its first bar on.
    """
    found = np.zeros(len(days), np.int64)
    there = np.logical_or.accumulate(traded)
    lag = _LAG.get(rule.by, 0)
    front = 0
    for place, day in enumerate(days.tolist()):
        if lag and place >= lag:
            front = _busiest(front, np.where(there[place], active[place - lag], np.nan))
        lasting = expiries >= day + (rule.days + 1 if rule.by == "days" else 0)
        front = _lasting(front, there[place], lasting)
        found[place] = front
    return found


def changes(daily: Sequence[Front]) -> list[Roll]:
    """The roll table of the daily fronts."""
    table = list[Roll]()
    for each in daily:
        before = table[-1].after if table else None
        if each.contract != before:
            table.append(Roll(each.day, each.time, before, each.contract))
    return table


def _busiest(front: int, active: Floats) -> int:
    """The busiest of the front and those after it; the front where nothing is known of it.

    A day of it that was never fetched is no reason to leave it.
    """
    if np.isnan(active[front]):
        return front
    return front + int(np.argmax(np.nan_to_num(active[front:], nan=-np.inf)))


def _lasting(front: int, there: Bools, lasting: Bools) -> int:
    """The front if it is there and lasts, else the next one that is and does, else the last that is there."""
    if there[front] and lasting[front]:
        return front
    later = np.flatnonzero(there[front + 1 :]) + front + 1
    good = later[lasting[later]]
    return int(good[0] if len(good) else later[-1] if len(later) else front)
