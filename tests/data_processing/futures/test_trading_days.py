from datetime import date

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.futures.trading_days import TradingDays
from market.times import DAY, MINUTE, parse
from simulator.model.sessions import Schedule
from tests.data_processing.futures.world import HOURS, future

CHICAGO = TradingDays("America/Chicago", -7 * 60)
EPOCH = date(1970, 1, 1).toordinal()


def day_of(days: TradingDays, text: str) -> str:
    return date.fromordinal(int(days.of(np.array([parse(text)]))[0]) + EPOCH).isoformat()


@given(st.integers(parse("2020-01-01"), parse("2027-01-01")))
def test_dates_are_those_of_the_exchanges_sessions(time: int) -> None:
    sessions = Schedule("cme", "America/Chicago").between(time, time + 1)
    for session in sessions:
        assert CHICAGO.of(np.array([time])).tolist() == [session.date.toordinal() - EPOCH]


@given(st.lists(st.integers(-(10**17), 4 * 10**18), min_size=1, max_size=20).map(sorted))
def test_every_moment_lies_between_the_beginnings_of_its_date_and_the_next(times: list[int]) -> None:
    for time in times:
        (day,) = CHICAGO.of(np.array([time])).tolist()
        assert CHICAGO.start(day) <= time < CHICAGO.start(day + 1)


def test_many_moments_have_the_dates_of_each() -> None:
    times = np.arange(parse("2026-03-06"), parse("2026-03-10"), 7 * MINUTE)
    assert CHICAGO.of(times).tolist() == [int(CHICAGO.of(times[n : n + 1])[0]) for n in range(len(times))]


@pytest.mark.parametrize(
    ("time", "trading_date"),
    [
        ("2026-03-06T22:59", "2026-03-06"),  # winter: 17:00 in Chicago is 23:00 UTC
        ("2026-03-06T23:00", "2026-03-07"),
        ("2026-03-08T21:59", "2026-03-08"),  # the clocks changed in the night
        ("2026-03-08T22:00", "2026-03-09"),
        ("2026-11-01T22:59", "2026-11-01"),
        ("2026-11-01T23:00", "2026-11-02"),
        ("2025-12-31T23:00", "2026-01-01"),
    ],
)
def test_the_evening_follows_the_clock_of_the_exchange(time: str, trading_date: str) -> None:
    assert day_of(CHICAGO, time) == trading_date


def test_the_hours_of_an_expired_contract_are_those_of_the_rest_of_its_chain() -> None:
    days = TradingDays.told([future(1, 0, hours=""), future(2, 90), future(3, 180, hours="")])
    assert day_of(days, "2026-03-03T23:00") == "2026-03-04"


@pytest.mark.parametrize(
    ("hours", "opens"),
    [
        (HOURS, -7 * 60),
        # Sessions with a pause, as stock index futures had them.
        ("20260301:1700-20260302:1515,20260302:1530-20260302:1600;20260302:1700-20260303:1515", -7 * 60),
        ("20260302:0110-20260302:2200;20260303:0110-20260303:2200", 0),
        ("20260302:0000-20260303:0000;20260303:0000-20260304:0000", 0),
        # A holiday's short session is not the rule.
        ("20260301:1700-20260302:1600;20260302:1700-20260303:1600;20260303:1000-20260303:1200", -7 * 60),
        ("20260301:CLOSED", 0),
    ],
)
def test_when_sessions_begin_is_read_from_what_the_broker_told(hours: str, opens: int) -> None:
    days = TradingDays.told([future(1, 0, hours=hours)])
    assert days.start(20_600) == TradingDays("America/Chicago", opens).start(20_600)


def test_a_market_that_nobody_told_of_has_the_dates_of_its_zone_or_of_utc() -> None:
    assert TradingDays.told([future(1, 0, hours="")]).start(20_600) == 20_600 * DAY + 5 * 60 * MINUTE
    silent = msgspec.structs.replace(future(1, 0, hours=""), time_zone="")
    assert TradingDays.told([silent]).start(20_600) == 20_600 * DAY
