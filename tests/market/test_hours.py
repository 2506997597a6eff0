import msgspec
import pytest

from market.hours import closed_note, open_spans
from market.instrument import Instrument
from market.times import parse

STOCK = Instrument(
    contract_id=265598,
    symbol="AAPL",
    sec_type="STK",
    exchange="SMART",
    currency="USD",
    time_zone="US/Eastern",
    trading_hours="20260307:CLOSED;20260308:CLOSED;20260309:0400-20260309:2000",
)


def test_the_zone_s_clock_change_moves_the_opening() -> None:
    before, after = open_spans("20260306:0930-1600;20260309:0930-1600", "US/Eastern")
    assert (before[0], after[0]) == (parse("2026-03-06T14:30"), parse("2026-03-09T13:30"))


def test_several_spans_of_a_day_are_each_one() -> None:
    assert len(open_spans("20260105:0930-1200,1300-1600", "Asia/Hong_Kong")) == 2


def test_an_evening_session_begins_the_day_before() -> None:
    [(start, end)] = open_spans("20260104:1800-20260105:1700", "US/Eastern")
    assert (end - start) // 3_600_000_000_000 == 23


@pytest.mark.parametrize(
    ("now", "note"),
    [
        ("2026-03-07T12:00", "the market is closed until 2026-03-09T08:00:00Z"),
        ("2026-03-09T08:00", ""),
        ("2026-03-10T00:00", "the market is closed for days"),
    ],
)
def test_a_closed_market_says_when_it_opens(now: str, note: str) -> None:
    assert closed_note(STOCK, parse(now)) == note


def test_where_no_hours_were_told_nobody_says_closed() -> None:
    assert closed_note(msgspec.structs.replace(STOCK, trading_hours=""), 0) == ""
