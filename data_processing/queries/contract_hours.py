"""The sessions of a contract as the bars of any size take them."""

from datetime import UTC, datetime

from data_processing.queries.bar_grid import Sessions
from data_processing.sessions import Timetable
from data_processing.timeseries_db import TimeseriesDB
from market.events import Hours
from market.times import DAY, from_datetime

# Weeks and months are dated by their last session, which may lie so far beyond the range.
_AROUND = 32 * DAY


def sessions_of(
    db: TimeseriesDB, contract_id: int, exchange: str, hours: Hours, start: int, end: int
) -> Sessions:
    """All sessions of the weeks and months that [start, end) touches, by all that `db` knows of the contract.

    Empty where nobody knows when it trades.
    """
    found = Timetable.of(db, contract_id, exchange).sessions(hours, start - _AROUND, end + _AROUND)
    dates = (from_datetime(datetime(s.day.year, s.day.month, s.day.day, tzinfo=UTC)) for s in found)
    return Sessions((s.start, s.end, date) for s, date in zip(found, dates, strict=True))
