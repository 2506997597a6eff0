"""How IB writes the hours of the coming days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from market.events import Hours
from market.times import DAY, from_datetime, to_datetime
from simulator.model.api import Listing, MarketModel, Session

_COMING_DAYS = 6


def hours_texts(model: MarketModel, listing: Listing, now: int) -> tuple[str, str]:
    """IB's trading and liquid hours of today and the next days, in the exchange's zone.

    A day is written with its opening moment, which for futures lies on the day before.
    """
    zone = ZoneInfo(listing.instrument.time_zone or "UTC")
    today = to_datetime(now).astimezone(zone).date()
    start = from_datetime(datetime.combine(today, time(), zone))
    sessions = model.sessions(listing.instrument.contract_id, start - DAY, start + _COMING_DAYS * DAY)
    by_date = {each.date: each for each in sessions}
    days = [today + timedelta(days=offset) for offset in range(_COMING_DAYS)]
    trading = ";".join(_text(day, by_date.get(day), "all", zone) for day in days)
    return trading, ";".join(_text(day, by_date.get(day), "rth", zone) for day in days)


def _text(day: date, session: Session | None, hours: Hours, zone: ZoneInfo) -> str:
    opened, closed = session.bounds(hours) if session else (0, 0)
    if opened == closed:
        return f"{day:%Y%m%d}:CLOSED"
    return "-".join(f"{to_datetime(t).astimezone(zone):%Y%m%d:%H%M}" for t in (opened, closed))
