"""The trading days of exchanges, from `exchange_calendars`: holidays, half days and lunch breaks."""

import warnings
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from data_processing.coverage import Range

FIRST, LAST = date(2000, 1, 1), date(2040, 12, 31)
"""Fixed, since the library's own default depends on the day it runs."""


class Table(msgspec.Struct, frozen=True):
    """Regular hours by trading date, in the exchange's `zone`; [start, end) in UTC nanoseconds, in order."""

    zone: str
    days: dict[date, tuple[Range, ...]]


@lru_cache(32)
def table(name: str) -> Table:
    """The calendar called `name` (a market identifier code) from `FIRST` to `LAST`."""
    # It and pandas take more than a second to import: only who needs holidays pays.
    with warnings.catch_warnings():
        # exchange_calendars 4.13 still uses Series.values, which pandas 3.1 announces to change.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        from exchange_calendars import get_calendar

        calendar = get_calendar(name, start=str(FIRST), end=str(LAST))
        rows = calendar.schedule.itertuples()
    return Table(str(calendar.tz), {row.Index.date(): _spans(row) for row in rows})


def _spans(row: Any) -> tuple[Range, ...]:  # a row of the library's table, which has no type information
    import pandas as pd

    if pd.isna(row.break_start):
        return ((_time(row.open), _time(row.close)),)
    return (_time(row.open), _time(row.break_start)), (_time(row.break_end), _time(row.close))


def _time(moment: Any) -> int:  # a pandas Timestamp, whose unit differs between pandas 2 and 3
    return int(moment.as_unit("ns").value)
