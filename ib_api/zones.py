"""Time zones by the names that TWS uses, which are those of Java and of the old zone tables.

An abbreviation means the place where its market is, not a fixed distance from UTC: IB writes ``EST`` for New
York in summer too.
"""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_PLACES = {
    "America/New_York": "EST EDT EST5EDT",
    "America/Chicago": "CST CDT CST6CDT",
    "America/Denver": "MST MDT MST7MDT",
    "America/Los_Angeles": "PST PDT PST8PDT",
    "Europe/London": "BST",
    "Europe/Berlin": "MET CET CEST MEZ MESZ ECT",
    "Europe/Athens": "EET EEST",
    "Asia/Kolkata": "IST",
    "Asia/Hong_Kong": "HKT",
    "Asia/Shanghai": "CTT",
    "Asia/Singapore": "SGT",
    "Asia/Tokyo": "JST",
    "Asia/Seoul": "KST",
    "Australia/Sydney": "AET AEST AEDT",
    "Pacific/Auckland": "NZST NZDT",
}
_LONG_NAMES = {
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Pacific": "America/Los_Angeles",
    "Greenwich Mean": "GMT",
    "British": "Europe/London",
    "Central European": "Europe/Berlin",
    "Eastern European": "Europe/Athens",
    "India": "Asia/Kolkata",
    "Hong Kong": "Asia/Hong_Kong",
    "China": "Asia/Shanghai",
    "Singapore": "Asia/Singapore",
    "Japan": "Asia/Tokyo",
    "Korea": "Asia/Seoul",
}
_ABBREVIATIONS = {short: place for place, names in _PLACES.items() for short in names.split()}
_SEASONS = ("Standard Time", "Daylight Time", "Summer Time", "Time")


def iana(name: str) -> str:
    """The IANA name of a zone of IB's; empty where it is not known.

    >>> iana("EST (Eastern Standard Time)"), iana("US/Eastern"), iana("Central European Summer Time")
    ('America/New_York', 'US/Eastern', 'Europe/Berlin')
    """
    short = name.split(" (")[0].strip()
    known = _ABBREVIATIONS.get(short) or _LONG_NAMES.get(_without_season(short))
    return known or (short if short in _zones() else "")


def gateway_zone(connection_time: str) -> tzinfo:
    """Where TWS's own clock stands, by the time that it tells as it greets; UTC where it names no zone.

    >>> gateway_zone("20260709 09:30:00 EST").key
    'America/New_York'
    """
    name = iana(connection_time.partition(" ")[2].partition(" ")[2])
    return ZoneInfo(name) if name else UTC


def _without_season(name: str) -> str:
    season = next((each for each in _SEASONS if name.endswith(each)), "")
    return name.removesuffix(season).strip()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
