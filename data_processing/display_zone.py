"""The zone that a user wants to see, by its name or as hours from UTC; data know no zones."""

from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from market.errors import BadRequest

_MOST_HOURS = 24.0


def display_zone(zone: str | None = None, tz_offset_hours: float | None = None) -> tzinfo:
    """The zone to show; neither means UTC. Raise `BadRequest` for a name or an offset that does not exist.

    >>> str(display_zone("Europe/Berlin")), str(display_zone(tz_offset_hours=5.5))
    ('Europe/Berlin', 'UTC+05:30')
    """
    if zone is not None and tz_offset_hours is not None:
        raise BadRequest("give a zone or tz_offset_hours, not both; a zone knows daylight saving time")
    if zone is not None:
        try:
            return ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadRequest(f"there is no time zone {zone!r}; write e.g. Europe/Berlin") from None
    hours = tz_offset_hours or 0.0
    if not -_MOST_HOURS < hours < _MOST_HOURS:
        raise BadRequest(f"tz_offset_hours={hours:g} is no offset; give hours from UTC, e.g. 2.0")
    return timezone(timedelta(hours=hours))


def zone_name(zone: tzinfo) -> str:
    """A zone by a name that browsers know.

    >>> zone_name(display_zone(tz_offset_hours=2)), zone_name(display_zone(tz_offset_hours=-3.5))
    ('Etc/GMT-2', '-03:30')
    """
    if isinstance(zone, ZoneInfo):
        return zone.key
    offset = zone.utcoffset(None)
    minutes = round(offset.total_seconds() / 60) if offset else 0
    if minutes % 60 == 0 and -12 <= minutes // 60 <= 14:
        # POSIX counts westwards.
        return f"Etc/GMT{-minutes // 60:+d}" if minutes else "UTC"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
