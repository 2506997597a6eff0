from datetime import date
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ib_api.errors import NotSupported
from ib_api.sessions import days_of, sessions_of, years
from market.session import Session
from market.times import DAY, parse
from tests.ib_api.answering import AAPL, NOW, VERSION, Answers, open_broker, request_id
from tests.ib_api.gateway import error, message

TOLD = VERSION >= 165


def row(start: str, end: str, day: str) -> Any:
    return SimpleNamespace(startDateTime=start, endDateTime=end, refDate=day)


def test_times_of_a_schedule_are_those_of_its_zone_in_summer_and_winter() -> None:
    rows = [
        row("20260306-09:30:00", "20260306-16:00:00", "20260306"),
        row("20260308-18:00:00", "20260309-17:00:00", "20260309"),
    ]
    assert sessions_of("US/Eastern", rows) == [
        Session(parse("2026-03-06T14:30"), parse("2026-03-06T21:00"), date(2026, 3, 6)),
        Session(parse("2026-03-08T22:00"), parse("2026-03-09T21:00"), date(2026, 3, 9)),
    ]


def test_an_unknown_zone_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="Mars"):
        sessions_of("Mars", [])


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_pieces_of_a_schedule_make_the_whole_and_none_is_too_long(first: int, length: int) -> None:
    pieces = list(years(first * DAY, (first + length) * DAY))
    assert (pieces[-1][0], pieces[0][1]) == (first * DAY, (first + length) * DAY)
    assert all(later[0] == earlier[1] for later, earlier in pairwise(pieces))
    assert all(days_of(*each) <= 365 for each in pieces)


def schedule(fields: list[str]) -> list[bytes]:
    days = [
        ("20260107-09:30:00", "20260107-16:00:00", "20260107"),
        ("20260108-09:30:00", "20260108-16:00:00", "20260108"),
    ]
    span = days[0][0], days[-1][1]
    return [
        message(
            106, request_id(fields), *span, "US/Eastern", len(days), *(text for day in days for text in day)
        )
    ]


@pytest.mark.skipif(not TOLD, reason="the older library knows no schedules")
async def test_a_broker_tells_the_sessions_of_a_range() -> None:
    seen = list[list[str]]()
    async with open_broker({20: schedule}, seen=seen) as broker:
        found = await broker.schedule(AAPL, parse("2026-01-08"), parse("2026-02-01"), hours="rth")
    assert [each.day for each in found] == [date(2026, 1, 8)]
    (asked,) = [fields for fields in seen if fields[0] == "20"]
    assert {"SCHEDULE", "1 day", "4 D"} <= set(asked)


@pytest.mark.skipif(not TOLD, reason="the older library knows no schedules")
async def test_a_contract_without_a_schedule_has_no_sessions() -> None:
    text = "Historical Market Data Service error message:HMDS query returned no data"
    answers: Answers = {20: lambda fields: [error(VERSION, int(request_id(fields)), 162, text)]}
    async with open_broker(answers) as broker:
        assert await broker.schedule(AAPL, NOW - 9 * DAY, NOW) == []


@pytest.mark.skipif(TOLD, reason="the newer library knows schedules")
async def test_a_library_that_is_too_old_says_so() -> None:
    async with open_broker({}) as broker:
        with pytest.raises(NotSupported, match="165"):
            await broker.schedule(AAPL, NOW - 9 * DAY, NOW)
