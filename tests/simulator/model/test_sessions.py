import subprocess
import sys
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.times import DAY, MINUTE, iso, parse
from simulator.model.sessions import Schedule, trading_date_at, wall_clock_hours
from simulator.model.universe import Member, universe
from tests.simulator.model.known import AAPL, BTC, ES, EURUSD, RHM, SPX

MEMBERS = {each.listing.instrument.contract_id: each for each in universe()}


def _span(contract_id: int, day: str, *, always_open: bool = False) -> tuple[str, str]:
    session = Schedule.of(MEMBERS[contract_id], always_open).on(date.fromisoformat(day))
    return (iso(session.open), iso(session.close)) if session else ("", "")


@pytest.mark.parametrize(
    ("contract_id", "day", "span"),
    [
        (AAPL, "2026-01-05", ("2026-01-05T09:00:00Z", "2026-01-06T01:00:00Z")),
        (AAPL, "2026-07-06", ("2026-07-06T08:00:00Z", "2026-07-07T00:00:00Z")),
        (AAPL, "2025-12-24", ("2025-12-24T09:00:00Z", "2025-12-24T22:00:00Z")),
        (AAPL, "2025-12-25", ("", "")),
        (AAPL, "2026-01-10", ("", "")),
        (AAPL, "2045-01-04", ("2045-01-04T09:00:00Z", "2045-01-05T01:00:00Z")),
        (SPX, "2026-01-05", ("2026-01-05T14:30:00Z", "2026-01-05T21:00:00Z")),
        (RHM, "2026-01-05", ("2026-01-05T08:00:00Z", "2026-01-05T16:30:00Z")),
        (RHM, "2026-05-01", ("", "")),
        (ES, "2026-01-05", ("2026-01-04T23:00:00Z", "2026-01-05T22:00:00Z")),
        (ES, "2026-12-18", ("2026-12-17T23:00:00Z", "2026-12-18T14:30:00Z")),
        (ES, "2026-12-21", ("", "")),
        (EURUSD, "2026-01-05", ("2026-01-04T22:15:00Z", "2026-01-05T22:00:00Z")),
        (EURUSD, "2026-01-03", ("", "")),
        (BTC, "2026-01-03", ("2026-01-03T05:00:00Z", "2026-01-04T05:00:00Z")),
    ],
)
def test_a_session_keeps_its_exchange_s_hours(contract_id: int, day: str, span: tuple[str, str]) -> None:
    assert _span(contract_id, day) == span


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)])
def test_a_day_around_the_clock_is_as_long_as_its_clock_says(day: str, hours: int) -> None:
    session = Schedule.of(MEMBERS[AAPL], always_open=True).on(date.fromisoformat(day))
    assert session is not None
    assert session.close - session.open == hours * 60 * MINUTE
    assert (session.regular_open, session.regular_close) == (session.open, session.close)


def test_half_days_end_regular_trading_at_one() -> None:
    session = Schedule.of(MEMBERS[AAPL]).on(date(2025, 12, 24))
    assert session is not None
    assert iso(session.regular_close) == "2025-12-24T18:00:00Z"


@given(st.sampled_from(sorted(MEMBERS)), st.integers(0, 14_000), st.integers(1, 20))
def test_sessions_follow_each_other_and_hold_their_regular_part(
    contract_id: int, day: int, days: int
) -> None:
    start = parse("2000-01-05") + day * DAY
    sessions = Schedule.of(MEMBERS[contract_id]).between(start, start + days * DAY)
    for each in sessions:
        assert each.open <= each.regular_open <= each.regular_close <= each.close
        assert start < each.close
        assert each.open < start + days * DAY
    assert all(a.close <= b.open for a, b in pairwise(sessions))


@given(st.integers(0, 14_000 * 1440))
def test_a_moment_of_an_evening_session_counts_to_the_session_s_date(minute: int) -> None:
    time = parse("2000-01-05") + minute * MINUTE
    for session in Schedule.of(MEMBERS[EURUSD]).between(time, time + 1):
        assert trading_date_at("forex", time) == session.date


def test_wall_clock_hours_follow_daylight_saving() -> None:
    start, end = parse("2026-03-08T05:00Z"), parse("2026-03-08T20:30Z")
    times = wall_clock_hours("America/New_York", start, end, 4)
    assert [iso(each)[11:16] for each in times] == ["08:00", "12:00", "16:00", "20:00"]


def test_hours_around_the_clock_need_no_calendar() -> None:
    code = (
        "import sys\n"
        "from simulator.model import generated\n"
        "from market.bar_size import BarSize\n"
        "market = generated(1, 'tws', always_open=True)\n"
        "bars = market.bars(265598, BarSize.parse('1D'), 'TRADES', 'rth', 0, 2**60, 978_307_200 * 10**9)\n"
        "assert bars and not {'pandas', 'exchange_calendars'} & set(sys.modules), 'heavy import'\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=25).returncode == 0


@pytest.mark.parametrize("member", MEMBERS.values(), ids=lambda each: each.listing.instrument.local_symbol)
def test_nothing_trades_before_its_head(member: Member) -> None:
    head = member.listing.head
    assert not Schedule.of(member).between(head - 400 * DAY, head - 3 * DAY)
