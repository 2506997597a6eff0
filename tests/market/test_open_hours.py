from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.instrument import Instrument
from market.open_hours import OpenHours, Phase
from market.times import DAY, from_datetime, parse

STOCK = Instrument(
    contract_id=265598,
    symbol="AAPL",
    sec_type="STK",
    exchange="SMART",
    currency="USD",
    time_zone="US/Eastern",
    # Thanksgiving and the half day after it.
    trading_hours="20261125:0400-20261125:2000;20261126:CLOSED;20261127:0400-20261127:1700;20261128:CLOSED",
    liquid_hours="20261125:0930-20261125:1600;20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED",
)


@pytest.mark.parametrize(
    ("time", "phase"),
    [
        ("2026-11-25T08:59:59Z", "closed"),
        ("2026-11-25T09:00:00Z", "extended"),
        ("2026-11-25T14:30:00Z", "regular"),
        ("2026-11-25T21:00:00Z", "extended"),
        ("2026-11-26T01:00:00Z", "closed"),
        ("2026-11-26T15:00:00Z", "closed"),
        ("2026-11-27T17:59:59Z", "regular"),
        ("2026-11-27T18:00:00Z", "extended"),
        ("2026-11-27T22:00:00Z", "closed"),
        ("2026-11-28T16:59:59Z", "closed"),
        ("2026-11-28T17:00:00Z", "unknown"),
        ("2026-11-24T15:00:00Z", "unknown"),
    ],
)
def test_holidays_and_half_days_are_as_the_broker_told(time: str, phase: Phase) -> None:
    assert OpenHours.of(STOCK).phase(parse(time)) == phase


def test_a_session_begins_on_the_evening_before_its_date() -> None:
    future = msgspec.structs.replace(
        STOCK,
        time_zone="US/Central",
        trading_hours=";20260104:1700-20260105:1600;20260105:1700-20260106:1600",
        liquid_hours="20260105:0830-20260105:1600;20260106:0830-20260106:1600",
    )
    hours = OpenHours.of(future)
    times = ("2026-01-04T22:59Z", "2026-01-04T23:00Z", "2026-01-05T15:00Z", "2026-01-05T22:30Z")
    assert [hours.phase(parse(time)) for time in times] == ["closed", "extended", "regular", "closed"]
    # The evening of the last date belongs to a session that is not told yet.
    assert hours.phase(parse("2026-01-06T23:30Z")) == "unknown"


@pytest.mark.parametrize("empty", ["time_zone", "trading_hours"])
def test_a_broker_that_told_no_hours_leaves_all_unknown(empty: str) -> None:
    hours = OpenHours.of(msgspec.structs.replace(STOCK, **{empty: ""}))
    assert hours.phase(parse("2026-11-25T15:00Z")) == "unknown"


def test_days_that_are_all_closed_are_closed() -> None:
    hours = OpenHours.of(msgspec.structs.replace(STOCK, trading_hours="20261128:CLOSED;20261129:CLOSED"))
    assert hours.phase(parse("2026-11-28T15:00Z")) == "closed"


def test_without_liquid_hours_all_hours_are_regular() -> None:
    hours = OpenHours.of(msgspec.structs.replace(STOCK, liquid_hours=""))
    assert hours.phase(parse("2026-11-25T09:00Z")) == "regular"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.datetimes(datetime(2026, 11, 20), datetime(2026, 12, 1)), min_size=1, max_size=20))  # noqa: DTZ001
def test_the_answer_does_not_depend_on_what_was_asked_before(moments: list[datetime]) -> None:
    hours = OpenHours.of(STOCK)
    for moment in moments:
        time = from_datetime(moment.replace(tzinfo=UTC))
        assert hours.phase(time) == OpenHours.of(STOCK).phase(time)


def test_the_hours_of_a_day_that_changes_its_clock_are_those_of_its_zone() -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    text = f"{day:%Y%m%d}:1800-{day + timedelta(1):%Y%m%d}:1700"
    hours = OpenHours.of(msgspec.structs.replace(STOCK, trading_hours=text, liquid_hours=""))
    opening = parse("2026-11-01T23:00Z")
    assert [hours.phase(opening - 1), hours.phase(opening)] == ["closed", "regular"]
    assert hours.told[1] - opening == 23 * DAY // 24
