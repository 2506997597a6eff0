"""The consistent feed: whatever is asked, the answers agree."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.bar_size import BarSize
from market.errors import BadRequest
from market.times import DAY, MINUTE, SECOND, parse
from simulator.model import BarData, MarketModel, TradeTick, generated
from tests.simulator.model.known import (
    AAPL,
    BTC,
    DAY_1,
    ES,
    EURUSD,
    EVERY_KIND,
    IBM,
    LATER,
    MINUTE_1,
    MINUTE_5,
    RHM,
    RHM_FRANKFURT,
    SECOND_5,
    SPX,
    TRADED,
)

DAYS = st.integers(0, 250).map(lambda n: parse("2026-01-05") + n * DAY)
FRACTIONS = st.floats(0, 0.999)


def _minute(market: MarketModel, contract_id: int, day: int, fraction: float, step: int = 1) -> int:
    """A minute of the first session from `day` on, on a multiple of `step` minutes."""
    session = market.sessions(contract_id, day, day + 9 * DAY)[0]
    minute = session.open + int((session.close - session.open) * fraction)
    return max(session.open, minute - minute % (step * MINUTE))


def _of_trades(start: int, trades: Sequence[TradeTick]) -> list[BarData]:
    if not trades:
        return []
    prices = [each.price for each in trades]
    volume = sum(each.size for each in trades)
    average = sum(each.price * each.size for each in trades) / volume if volume else 0.0
    return [BarData(start, prices[0], max(prices), min(prices), prices[-1], volume, average, len(trades))]


def _of_bars(start: int, bars: Sequence[BarData]) -> list[BarData]:
    if not bars:
        return []
    volume = sum(each.volume for each in bars)
    turnover = sum(each.average * each.volume for each in bars)
    return [
        BarData(
            start,
            bars[0].open,
            max(each.high for each in bars),
            min(each.low for each in bars),
            bars[-1].close,
            volume,
            turnover / volume if volume else 0.0,
            sum(each.count for each in bars),
        )
    ]


def _same(left: Sequence[BarData], right: Sequence[BarData]) -> bool:
    """Equal in all but the last bits of a quotient of floats."""
    return len(left) == len(right) and all(
        (a.start, a.open, a.high, a.low, a.close, a.volume, a.count)
        == (b.start, b.open, b.high, b.low, b.close, b.volume, b.count)
        and a.average == pytest.approx(b.average, rel=1e-12)
        for a, b in zip(left, right, strict=True)
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TRADED), DAYS, FRACTIONS)
def test_trades_rebuild_their_minute(
    market: MarketModel, contract_id: int, day: int, fraction: float
) -> None:
    start = _minute(market, contract_id, day, fraction)
    end = start + MINUTE
    bars = market.bars(contract_id, MINUTE_1, "TRADES", "all", start, end, LATER + 365 * DAY)
    assert _same(_of_trades(start, market.trades(contract_id, start, end)), bars)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TRADED), DAYS, FRACTIONS, st.sampled_from([(MINUTE_1, MINUTE_5), (SECOND_5, MINUTE_1)])
)
def test_small_bars_rebuild_large_ones(
    market: MarketModel, contract_id: int, day: int, fraction: float, sizes: tuple[BarSize, BarSize]
) -> None:
    small, large = sizes
    start = _minute(market, contract_id, day, fraction, large.seconds // 60)
    end = start + large.nanoseconds
    parts = market.bars(contract_id, small, "TRADES", "all", start, end, LATER + 365 * DAY)
    whole = market.bars(contract_id, large, "TRADES", "all", start, start + 1, LATER + 365 * DAY)
    assert _same(_of_bars(start, parts), whole)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([AAPL, ES, EURUSD, BTC]), DAYS, FRACTIONS)
def test_quotes_rebuild_every_kind_of_quote_bar(
    market: MarketModel, contract_id: int, day: int, fraction: float
) -> None:
    start = _minute(market, contract_id, day, fraction)
    quotes = market.quotes(contract_id, start, start + MINUTE)
    times = [*(quote.time for quote in quotes), start + MINUTE]
    lasting = [b - a for a, b in pairwise(times)]

    def bar(what: str) -> tuple[float, float, float, float]:
        (one,) = market.bars(contract_id, MINUTE_1, what, "all", start, start + 1, LATER + 365 * DAY)
        assert (one.volume, one.average, one.count) == (-1, -1, -1)
        return one.open, one.high, one.low, one.close

    def four(prices: list[float]) -> tuple[float, float, float, float]:
        return prices[0], max(prices), min(prices), prices[-1]

    bids, asks = [q.bid for q in quotes], [q.ask for q in quotes]
    assert quotes[0].time == start
    assert bar("BID") == four(bids)
    assert bar("ASK") == four(asks)
    middles = [(bid + ask) / 2 for bid, ask in zip(bids, asks, strict=True)]
    assert bar("MIDPOINT") == pytest.approx(four(middles), rel=1e-12)
    means = [sum(p * t for p, t in zip(side, lasting, strict=True)) / MINUTE for side in (bids, asks)]
    assert bar("BID_ASK") == pytest.approx((means[0], max(asks), min(bids), means[1]), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([AAPL, IBM, ES, BTC]), DAYS, FRACTIONS)
def test_every_trade_lies_within_the_quote_of_its_time(
    market: MarketModel, contract_id: int, day: int, fraction: float
) -> None:
    start = _minute(market, contract_id, day, fraction)
    quotes = market.quotes(contract_id, start, start + MINUTE)
    assert all(0 < q.bid < q.ask and q.bid_size > 0 and q.ask_size > 0 for q in quotes)
    for trade in market.trades(contract_id, start, start + MINUTE):
        standing = [q for q in quotes if q.time <= trade.time][-1]
        assert standing.bid <= trade.price <= standing.ask
        assert trade.size > 0


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([AAPL, EURUSD, BTC]), DAYS, FRACTIONS)
def test_quotes_change_every_few_seconds(
    market: MarketModel, contract_id: int, day: int, fraction: float
) -> None:
    start = _minute(market, contract_id, day, fraction)
    times = [q.time for q in market.quotes(contract_id, start, start + MINUTE)]
    assert max(b - a for a, b in zip(times, [*times[1:], start + MINUTE], strict=True)) <= 4 * SECOND


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EVERY_KIND), DAYS, FRACTIONS, st.integers(1, 600), st.integers(0, 600))
def test_a_range_of_ticks_is_cut_out_of_the_whole(
    market: MarketModel, contract_id: int, day: int, fraction: float, length: int, shift: int
) -> None:
    minute = _minute(market, contract_id, day, fraction)
    start = minute + shift * SECOND // 7
    end = start + length * SECOND // 5
    for ask in (market.trades, market.quotes):
        whole = ask(contract_id, minute - 5 * MINUTE, minute + 10 * MINUTE)
        assert list(ask(contract_id, start, end)) == [each for each in whole if start <= each.time < end]


def test_daily_bars_are_the_sum_of_their_minutes(market: MarketModel) -> None:
    start = parse("2026-01-06")
    session = market.sessions(ES, start + DAY // 2, start + DAY // 2 + 1)[0]
    minutes = market.bars(ES, MINUTE_1, "TRADES", "all", session.open, session.close, LATER)
    assert _same(market.bars(ES, DAY_1, "TRADES", "all", start, start + 1, LATER), _of_bars(start, minutes))


def test_two_models_of_one_seed_are_one_market(market: MarketModel) -> None:
    start = parse("2026-01-06T15:00")
    again, other = (generated(seed, "consistent", always_open=False) for seed in (7, 8))
    ask = (AAPL, start, start + MINUTE)
    assert again.trades(*ask) == market.trades(*ask) != other.trades(*ask)


def test_contracts_of_one_company_move_together(market: MarketModel) -> None:
    start = parse("2026-01-05")
    pair = [
        market.bars(each, DAY_1, "MIDPOINT", "all", start, start + 1, LATER)[0].close
        for each in (RHM, RHM_FRANKFURT)
    ]
    assert pair[0] == pytest.approx(pair[1], rel=0.005)


@pytest.mark.parametrize("contract_id", [AAPL, ES])
def test_a_busy_minute_has_many_trades_and_seconds_with_several(
    market: MarketModel, contract_id: int
) -> None:
    start = parse("2026-01-06T14:31")
    trades = market.trades(contract_id, start, start + MINUTE)
    assert len(trades) >= 40
    assert len({each.time // SECOND for each in trades}) < len(trades)


def test_extended_hours_are_thin_and_have_empty_minutes(market: MarketModel) -> None:
    early, open_ = parse("2026-01-06T09:00"), parse("2026-01-06T14:30")
    quiet = market.bars(AAPL, MINUTE_1, "TRADES", "all", early, early + 60 * MINUTE, LATER)
    busy = market.bars(AAPL, MINUTE_1, "TRADES", "all", open_, open_ + 60 * MINUTE, LATER)
    assert len(quiet) < 60 == len(busy)
    assert 40 <= sum(each.count for each in busy) / 60 <= 120
    assert sum(each.volume for each in quiet) < sum(each.volume for each in busy) / 20


def test_an_index_trades_without_volume_and_has_no_quotes(market: MarketModel) -> None:
    start = parse("2026-01-06T15:00")
    (bar,) = market.bars(SPX, MINUTE_1, "TRADES", "all", start, start + 1, LATER)
    assert (bar.volume, bar.average) == (0, 0)
    assert bar.count > 0
    assert not market.quotes(SPX, start, start + MINUTE)


def test_currencies_have_quotes_but_no_trades(market: MarketModel) -> None:
    start = parse("2026-01-06T15:00")
    assert market.quotes(EURUSD, start, start + MINUTE)
    assert not market.trades(EURUSD, start, start + MINUTE)
    with pytest.raises(BadRequest, match="EUR has no TRADES data; it has: MIDPOINT BID ASK BID_ASK"):
        market.bars(EURUSD, MINUTE_1, "TRADES", "all", start, start + 1, LATER)


def test_an_unknown_contract_is_refused(market: MarketModel) -> None:
    with pytest.raises(BadRequest, match="no contract 42"):
        market.trades(42, 0, 1)


@pytest.mark.parametrize("year", [2000, 2013, 2039])
def test_any_year_can_be_asked_for_at_any_time(open_market: MarketModel, year: int) -> None:
    start = parse(f"{year}-06-05")
    (bar,) = open_market.bars(AAPL, DAY_1, "TRADES", "rth", start, start + 1, parse("2041-01-01"))
    assert 100 < bar.low <= bar.open <= bar.high < 600
