"""When the next bar begins: over nights, weekends and holidays that is not when the last one ended.

The sessions to come are told to a model when it is trained: exchange calendars need pandas, and a forecast
does without. What an exchange changes later is known to the next training.
"""

from typing import TYPE_CHECKING

import numpy as np

from ai.meta import Ints, Meta
from market.bar_size import BarSize
from market.times import DAY

if TYPE_CHECKING:
    from data_processing.timeseries_db import TimeseriesDB

AHEAD = 400 * DAY


def upcoming(db: "TimeseriesDB", meta: Meta, last: int) -> Ints:
    """(3, S): the opening, the close and the date of each session around `last` and for a year after it.

    Empty where nobody knows when the contract trades.
    """
    from data_processing.queries.contract_hours import sessions_of

    found = sessions_of(db, meta.contract_id, meta.exchange, meta.hours, last, last + AHEAD)
    return np.stack([found.open, found.close, found.date])


def next_bar(last: int, size: BarSize, sessions: Ints) -> int:
    """The start of the bar after the one that began at `last`; where nobody knows, as if nothing paused.

    >>> minute = BarSize.parse("1m").nanoseconds
    >>> sessions = np.array([[0, 9], [3, 12], [0, 0]]) * minute
    >>> [next_bar(n * minute, BarSize.parse("1m"), sessions) // minute for n in (1, 2, 9, 11)]
    [2, 9, 10, 12]
    """
    following = last + size.nanoseconds
    opens, closes, dates = sessions
    if not size.intraday:
        later = dates[dates > last]
        return int(later[0]) if size.name == "1D" and len(later) else following
    place = int(np.searchsorted(closes, following, side="right"))
    if place == len(closes) or (place == 0 and following < opens[0]):
        return following
    return max(following, int(opens[place]))
