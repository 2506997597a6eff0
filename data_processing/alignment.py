"""Where a bar begins and ends: on the clock, and from an hour upwards on the exchange's clock.

IB starts the bars of an hour and longer at full hours of the exchange's zone, so a zone that is half an hour
off UTC, or a change of daylight saving time within a bar, moves them.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from market.bar_size import HOUR, BarSize
from market.errors import BadRequest
from market.times import SECOND, from_datetime, to_datetime


def bounds(size: BarSize, zone: ZoneInfo, time: int) -> tuple[int, int]:
    """The range [start, end) of the bar that `time` falls into; raise `BadRequest` for a day and longer.

    >>> [each // SECOND for each in bounds(BarSize.parse("5m"), ZoneInfo("UTC"), 601 * SECOND)]
    [600, 900]
    """
    if not size.intraday:
        raise BadRequest(f"bars of {size} follow trading days and come from history, not from ticks")
    length = size.nanoseconds
    if size.seconds < HOUR:
        start = time - time % length
        return start, start + length
    local = to_datetime(time).astimezone(zone)
    if size.seconds == HOUR:
        # An hour is an hour also when the clock goes back and its name comes twice.
        start = time - (local.minute * 60 + local.second) * SECOND - time % SECOND
        return start, start + length
    hour = local.hour - local.hour % (size.seconds // HOUR)
    first = datetime(local.year, local.month, local.day, hour)  # noqa: DTZ001  # a reading of the wall clock
    last = first + timedelta(seconds=size.seconds)
    return from_datetime(first.replace(tzinfo=zone)), from_datetime(last.replace(tzinfo=zone))
