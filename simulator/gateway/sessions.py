"""Trading sessions: which one is meant, and how IB writes the hours of the coming days."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from market.events import Hours
from market.times import DAY, from_datetime, to_datetime
from simulator.model.api import Listing, MarketModel, Session

_COMING_DAYS = 6
# The longest a market stays shut: a week of holidays in a row.
_LONGEST_REST = 12 * DAY


def session_at(model: MarketModel, contract_id: int, when: int) -> Session | None:
    """The session that runs at `when`."""
    found = model.sessions(contract_id, when, when + 1)
    return found[0] if found else None


def last_session(model: MarketModel, contract_id: int, when: int, hours: Hours = "all") -> Session | None:
    """The session that runs at `when`, or the last one before; under ``rth`` its regular part counts."""
    found = model.sessions(contract_id, when - _LONGEST_REST, when + 1)
    begun = [each for each in found if bounds(each, hours)[0] <= when]
    return begun[-1] if begun else None


def next_session(model: MarketModel, contract_id: int, when: int, hours: Hours = "all") -> Session | None:
    """The session that runs at `when`, or the first one after; under ``rth`` its regular part counts."""
    found = model.sessions(contract_id, when, when + _LONGEST_REST)
    return next((each for each in found if bounds(each, hours)[1] > when), None)


def bounds(session: Session, hours: Hours) -> tuple[int, int]:
    """Start and end of what counts under `hours`."""
    if hours == "rth":
        return session.regular_open, session.regular_close
    return session.open, session.close


def hours_texts(model: MarketModel, listing: Listing, now: int) -> tuple[str, str]:
    """IB's trading and liquid hours of today and the next days, in the exchange's zone.

    A day is written with its opening moment, which for futures lies on the day before.
    """
    zone = ZoneInfo(listing.instrument.time_zone or "UTC")
    today = to_datetime(now).astimezone(zone).date()
    start = from_datetime(datetime.combine(today, time(), zone))
    sessions = model.sessions(listing.instrument.contract_id, start - DAY, start + _COMING_DAYS * DAY)
    trading, liquid = [], []
    for offset in range(_COMING_DAYS):
        day = today + timedelta(days=offset)
        of_day = [each for each in sessions if each.date == day]
        trading += _texts(of_day, "all", zone) or [f"{day:%Y%m%d}:CLOSED"]
        liquid += _texts(of_day, "rth", zone) or [f"{day:%Y%m%d}:CLOSED"]
    return ";".join(trading), ";".join(liquid)


def _texts(sessions: Sequence[Session], hours: Hours, zone: ZoneInfo) -> list[str]:
    return [
        "-".join(f"{to_datetime(t).astimezone(zone):%Y%m%d:%H%M}" for t in bounds(each, hours))
        for each in sessions
    ]
