"""The differences of the feed `tws` from the consistent one: all of them, and no others."""

from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.bar_size import BAR_SIZES, BarSize
from market.times import DAY, MINUTE, parse
from simulator.model import BarData, MarketModel, TradeTick
from tests.simulator.model.known import AAPL, BTC, DAY_1, ES, EURUSD, EVERY_KIND, LATER, MINUTE_1, SPX

NOON = parse("2026-01-06T17:00")
STARTS = st.integers(0, 2_000).map(lambda n: NOON + n * MINUTE)


def _plain(trades: object) -> list[TradeTick]:
    return [each for each in trades if each.last and not each.unreported]  # type: ignore[attr-defined]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EVERY_KIND), STARTS)
def test_live_trades_only_gain_odd_lots_and_prints_that_are_not_last(
    market: MarketModel, tws: MarketModel, contract_id: int, start: int
) -> None:
    live = tws.trades(contract_id, start, start + MINUTE)
    assert _plain(live) == list(market.trades(contract_id, start, start + MINUTE))
    assert all(a.time <= b.time for a, b in pairwise(live))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EVERY_KIND), STARTS)
def test_quotes_and_sessions_are_the_same(
    market: MarketModel, tws: MarketModel, contract_id: int, start: int
) -> None:
    ask = (contract_id, start, start + MINUTE)
    assert (tws.quotes(*ask), tws.sessions(*ask)) == (market.quotes(*ask), market.sessions(*ask))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(EVERY_KIND),
    st.sampled_from(BAR_SIZES),
    st.sampled_from(["rth", "all"]),
    st.integers(0, 4),
)
def test_history_of_long_ago_differs_in_the_closes_of_days_only(
    market: MarketModel,
    tws: MarketModel,
    contract_id: int,
    size: BarSize,
    hours: Literal["rth", "all"],
    n: int,
) -> None:
    for what in {"TRADES", "MIDPOINT", "BID_ASK"} & set(_what(market, contract_id)):
        start = NOON if size.seconds < 3600 else NOON - 2 * DAY
        ask = (start, start + (n + 1) * min(size.nanoseconds, 3 * DAY), LATER)
        mine = tws.bars(contract_id, size, what, hours, *ask)
        theirs = market.bars(contract_id, size, what, hours, *ask)
        assert [_without_close(each) for each in mine] == [_without_close(each) for each in theirs]
        if size.intraday or what != "TRADES":
            assert mine == theirs


def _what(market: MarketModel, contract_id: int) -> tuple[str, ...]:
    return next(each.what for each in market.listings if each.instrument.contract_id == contract_id)


def _without_close(bar: BarData) -> tuple[float, ...]:
    return bar.start, bar.open, bar.high, bar.low, bar.volume, bar.average, bar.count


def test_extra_prints_are_there_and_move_no_bar(market: MarketModel, tws: MarketModel) -> None:
    live = tws.trades(AAPL, NOON, NOON + 10 * MINUTE)
    odd = [each for each in live if each.unreported]
    hidden = [each for each in live if not each.last]
    assert odd
    assert hidden
    assert all(each.size < 100 for each in odd)
    bars = tws.bars(AAPL, MINUTE_1, "TRADES", "all", NOON, NOON + 10 * MINUTE, LATER)
    assert sum(each.volume for each in bars) < sum(each.size for each in live)
    outside = [
        trade
        for bar in bars
        for trade in live
        if 0 <= trade.time - bar.start < MINUTE and not bar.low <= trade.price <= bar.high
    ]
    assert outside
    assert not _plain(outside)


def test_a_range_of_trades_is_cut_out_of_the_whole(tws: MarketModel) -> None:
    whole = tws.trades(AAPL, NOON, NOON + 2 * MINUTE)
    part = tws.trades(AAPL, NOON + MINUTE // 3, NOON + MINUTE)
    assert list(part) == [each for each in whole if NOON + MINUTE // 3 <= each.time < NOON + MINUTE]


@pytest.mark.parametrize("contract_id", [AAPL, ES])
def test_volumes_of_the_last_quarter_hour_are_revised(tws: MarketModel, contract_id: int) -> None:
    now = NOON + 60 * MINUTE
    ask = (contract_id, MINUTE_1, "TRADES", "all", NOON, now)
    then = tws.bars(*ask, now)  # type: ignore[arg-type]
    final = tws.bars(*ask, now + 16 * MINUTE)  # type: ignore[arg-type]
    assert [a.volume for a in then[:45]] == [b.volume for b in final[:45]]
    assert all(a.volume <= b.volume <= a.volume * 1.02 + 1 for a, b in zip(then, final, strict=True))
    assert sum(a.volume < b.volume for a, b in zip(then[-14:], final[-14:], strict=True)) > 7


def test_a_finished_day_has_another_close_than_its_last_minute(market: MarketModel, tws: MarketModel) -> None:
    start = parse("2026-01-05")
    ask = (AAPL, DAY_1, "TRADES", "rth", start, start + 60 * DAY, LATER)
    official, last = tws.bars(*ask), market.bars(*ask)  # type: ignore[arg-type]
    differences = [round(abs(a.close - b.close), 9) for a, b in zip(official, last, strict=True)]
    assert max(differences) == 0.03
    assert sum(map(bool, differences)) > 20
    assert all(each.low <= each.close <= each.high for each in official)


def test_a_week_closes_like_its_last_day(tws: MarketModel) -> None:
    friday = parse("2026-01-09")
    week, day = (
        tws.bars(AAPL, BarSize.parse(size), "TRADES", "rth", friday, friday + 1, LATER)[0]
        for size in ("1W", "1D")
    )
    assert week.close == day.close


def test_a_running_day_has_the_last_price(market: MarketModel, tws: MarketModel) -> None:
    start = parse("2026-01-06")
    ask = (AAPL, DAY_1, "TRADES", "rth", start, start + DAY, NOON)
    assert tws.bars(*ask) == market.bars(*ask)  # type: ignore[arg-type]


@pytest.mark.parametrize("contract_id", [EURUSD, BTC, SPX])
def test_contracts_without_a_tape_are_as_in_the_consistent_feed(
    market: MarketModel, tws: MarketModel, contract_id: int
) -> None:
    what = _what(market, contract_id)[0]
    for size in (MINUTE_1, DAY_1):
        ask = (contract_id, size, what, "all", NOON - DAY, NOON, NOON)
        assert tws.bars(*ask) == market.bars(*ask)  # type: ignore[arg-type]
