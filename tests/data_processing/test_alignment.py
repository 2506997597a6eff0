from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.alignment import bounds
from market.bar_size import BAR_SIZES, BarSize
from market.errors import BadRequest
from market.times import iso, parse

INTRADAY = st.sampled_from([size for size in BAR_SIZES if size.intraday])
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]).map(ZoneInfo)


@pytest.mark.parametrize(
    ("size", "zone", "time", "start", "end"),
    [
        ("5m", "America/New_York", "2026-01-05T14:37", "2026-01-05T14:35:00Z", "2026-01-05T14:40:00Z"),
        ("1h", "Asia/Kolkata", "2026-01-05T04:10", "2026-01-05T03:30:00Z", "2026-01-05T04:30:00Z"),
        ("4h", "America/New_York", "2026-01-05T14:37", "2026-01-05T13:00:00Z", "2026-01-05T17:00:00Z"),
        # The clock goes forward at 07:00 UTC: the bar from midnight to four is an hour shorter.
        ("4h", "America/New_York", "2026-03-08T07:30", "2026-03-08T05:00:00Z", "2026-03-08T08:00:00Z"),
        # It goes back at 06:00 UTC: one o'clock comes twice.
        ("1h", "America/New_York", "2026-11-01T06:30", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"),
    ],
)
def test_bars_begin_where_ib_begins_them(size: str, zone: str, time: str, start: str, end: str) -> None:
    first, last = bounds(BarSize.parse(size), ZoneInfo(zone), parse(time))
    assert (iso(first), iso(last)) == (start, end)


@given(INTRADAY, ZONES, st.integers(10**18, 2 * 10**18))
def test_a_time_lies_in_its_bar_and_bars_touch(size: BarSize, zone: ZoneInfo, time: int) -> None:
    start, end = bounds(size, zone, time)
    assert start <= time < end
    assert bounds(size, zone, start) == (start, end)
    assert bounds(size, zone, end)[0] == end


def test_a_day_is_not_built_from_ticks() -> None:
    with pytest.raises(BadRequest, match="come from history"):
        bounds(BarSize.parse("1D"), ZoneInfo("UTC"), 0)
