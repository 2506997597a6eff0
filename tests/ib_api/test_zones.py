from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_api.order_book import OrderBook
from ib_api.translate import bar_start, ib_time
from ib_api.zones import gateway_zone, iana
from market.times import SECOND, parse, to_datetime, to_ib

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("US/Eastern", "US/Eastern"),
        ("EST (Eastern Standard Time)", "America/New_York"),
        ("EST5EDT", "America/New_York"),
        ("CDT", "America/Chicago"),
        ("Central European Summer Time", "Europe/Berlin"),
        ("JST", "Asia/Tokyo"),
        ("GMT", "GMT"),
        ("Mitteleuropaeische Zeit", ""),
        ("", ""),
    ],
)
def test_a_zone_of_ibs_is_told_by_its_iana_name(name: str, zone: str) -> None:
    assert iana(name) == zone


@pytest.mark.parametrize(
    ("greeting", "zone"),
    [
        ("20260109 09:30:00 EST", "America/New_York"),
        ("20260709 22:30:00 Asia/Tokyo", "Asia/Tokyo"),
        ("20260709 15:30:00 Central European Summer Time", "Europe/Berlin"),
    ],
)
def test_the_gateways_greeting_says_where_it_stands(greeting: str, zone: str) -> None:
    assert str(gateway_zone(greeting)) == zone


@pytest.mark.parametrize("greeting", ["", "20260109 09:30:00", "20260109 09:30:00 \xd6\xd0\xb9\xfa"])
def test_a_greeting_that_names_no_zone_is_taken_for_utc(greeting: str) -> None:
    assert gateway_zone(greeting) is UTC


@given(st.integers(0, 2**32 - 1), st.sampled_from(["US/Eastern", "MET", "Asia/Tokyo", "Australia/Sydney"]))
def test_a_moment_written_in_any_zone_is_read_back_but_in_the_hour_that_comes_twice(
    seconds: int, name: str
) -> None:
    time = seconds * SECOND
    local = to_datetime(time).astimezone(ZoneInfo(iana(name)))
    read = ib_time(f"{local:%Y%m%d %H:%M:%S} {name}")
    assert read == time or (local.fold and time - read == 3_600 * SECOND)


@given(st.integers(0, 2**32 - 1))
def test_what_is_sent_to_ib_reads_back(seconds: int) -> None:
    assert ib_time(to_ib(seconds * SECOND)) == seconds * SECOND


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20260308 01:59:59", "2026-03-08T06:59:59"),
        ("20260308 03:00:00", "2026-03-08T07:00:00"),
        ("20251102 01:30:00", "2025-11-02T05:30:00"),
        ("20251102 02:00:00", "2025-11-02T07:00:00"),
    ],
)
def test_the_days_on_which_clocks_change_are_read_by_the_gateways_zone(text: str, time: str) -> None:
    assert ib_time(text, NEW_YORK) == parse(time)


def test_a_bar_of_the_text_form_starts_where_one_of_seconds_does() -> None:
    assert bar_start(b"20260308 09:30:00 US/Eastern") == bar_start(str(parse("2026-03-08T13:30") // SECOND))


def test_a_daily_bar_begins_at_midnight_utc_of_its_date_on_every_day() -> None:
    days = ("20260307", "20260308", "20260309")
    starts = [bar_start(day) for day in days]
    assert starts == [parse(f"{day[:4]}-{day[4:6]}-{day[6:]}") for day in days]


def test_a_bar_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="ask with formatDate 2"):
        bar_start("20260109  09:30:00")


def test_a_book_without_a_gateway_takes_times_for_utc() -> None:
    assert OrderBook().zone is UTC
