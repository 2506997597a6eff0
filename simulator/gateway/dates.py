"""Dates, durations and zones as IB reads and writes them."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from market.times import SECOND, from_datetime, to_datetime
from simulator.gateway.refusals import bad_date, invalid
from simulator.refused import Refused
from simulator.wire.versions import INSTRUMENT_ZONE
from simulator.zone import GATEWAY_ZONE as GATEWAY_ZONE

_IB_ZONES = {"America/New_York": "US/Eastern", "America/Chicago": "US/Central", "Europe/Berlin": "MET"}
# No market has data beyond; dates far beyond could not be computed with.
_YEARS = (1970, 2200)
_LONGEST = {"S": 9_999_999, "D": 365, "W": 5_200, "M": 1_200, "Y": 100}
_MOMENT = re.compile(r"(\d{8})(?:(-)| +)(\d{2}:\d{2}:\d{2})(?: +(\S+))?")
_DURATION = re.compile(r"(\d{1,7}) ?([SDWMY])", re.IGNORECASE)


def ib_zone(name: str) -> str:
    """IB's name of an IANA zone.

    >>> ib_zone("America/Chicago"), ib_zone("Asia/Tokyo")
    ('US/Central', 'Asia/Tokyo')
    """
    return _IB_ZONES.get(name, name or "UTC")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_moment(text: str, implied_zone: str = "") -> int:
    """Nanoseconds of ``yyyymmdd-hh:mm:ss`` (UTC) or ``yyyymmdd hh:mm:ss Zone``.

    Anything else is refused with 10314, a missing zone too unless one is implied.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise bad_date()
    day, dash, clock, zone = match.groups()
    if not dash and not zone:
        zone = implied_zone
    if bool(dash) == bool(zone) or (zone and zone not in _zones()):
        raise bad_date()
    try:
        naive = datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007 (the zone follows)
    except ValueError:
        raise bad_date() from None
    if not _YEARS[0] <= naive.year <= _YEARS[1]:
        raise bad_date()
    return from_datetime(naive.replace(tzinfo=ZoneInfo(zone) if zone else UTC))


def write_moment(time: int, zone: str, version: int) -> str:
    """A time of day as history writes it: with its zone from 174 on, before that without.

    >>> write_moment(1_767_969_000_000_000_000, "America/New_York", 200)
    '20260109 09:30:00 US/Eastern'
    >>> write_moment(1_767_969_000_000_000_000, "America/New_York", 157)
    '20260109  09:30:00'
    """
    local = to_datetime(time).astimezone(ZoneInfo(zone or "UTC"))
    if version < INSTRUMENT_ZONE:
        return local.strftime("%Y%m%d  %H:%M:%S")
    return f"{local:%Y%m%d %H:%M:%S} {ib_zone(zone)}"


def connection_time(now: int) -> str:
    """The gateway's time as its handshake gives it.

    >>> connection_time(1_767_969_000_000_000_000)
    '20260109 09:30:00 EST'
    """
    return to_datetime(now).astimezone(ZoneInfo(GATEWAY_ZONE)).strftime("%Y%m%d %H:%M:%S %Z")


class Duration(msgspec.Struct, frozen=True):
    """`count` of S (seconds), D (trading days), W, M or Y."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read ``"5 D"``; refuse with 321 what IB refuses."""
        match = _DURATION.fullmatch(text.strip())
        if match is None:
            raise _bad_duration(
                "Historical data request duration is invalid: write a number and S, D, W, M or Y"
            )
        count, unit = int(match[1]), match[2].upper()
        if count < 1:
            raise _bad_duration("Historical data query length must be greater than zero")
        if unit == "D" and count > 365:
            raise _bad_duration("requests for durations longer than 365 days must be made in years.")
        if count > _LONGEST[unit]:
            raise _bad_duration("Historical data request duration is invalid: no history is that long")
        return cls(count, unit)

    def before(self, day: date) -> date:
        """The last calendar day that lies outside a span of W, M or Y that ends with `day`.

        >>> Duration(1, "W").before(date(2026, 1, 9)), Duration(1, "M").before(date(2026, 3, 31))
        (datetime.date(2026, 1, 2), datetime.date(2026, 2, 28))
        """
        if self.unit == "W":
            return day - timedelta(weeks=self.count)
        months = self.count * (12 if self.unit == "Y" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _bad_duration(cause: str) -> Refused:
    return invalid(cause)


def seconds(time: int) -> int:
    """Whole seconds since 1970: all that IB tells of a tick's time."""
    return time // SECOND
