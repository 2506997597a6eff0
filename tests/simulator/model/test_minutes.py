import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.times import DAY, MINUTE, parse
from simulator.model import Listing, MarketModel
from simulator.model.universe import universe
from tests.simulator.model.known import AAPL, DAY_1, LATER, MINUTE_1, OPTION

LISTINGS = [each.listing for each in universe()]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LISTINGS), st.integers(0, 5_000))
def test_every_price_is_positive_and_a_multiple_of_its_tick(
    open_market: MarketModel, listing: Listing, day: int
) -> None:
    contract, tick = listing.instrument.contract_id, listing.instrument.min_tick
    start = listing.head + day * DAY
    ticks = [each.price for each in open_market.trades(contract, start, start + MINUTE)]
    quoted = open_market.quotes(contract, start, start + MINUTE)
    for price in (*ticks, *(each.bid for each in quoted), *(each.ask for each in quoted)):
        assert price > 0
        assert price / tick == pytest.approx(round(price / tick), abs=1e-5)


def test_volume_is_highest_at_open_and_close(market: MarketModel) -> None:
    opened = parse("2026-01-05T14:30")
    sums = [0.0] * 13
    for day in (0, 1, 2, 3, 4):
        start = opened + day * DAY
        bars = market.bars(AAPL, MINUTE_1, "TRADES", "rth", start, start + 390 * MINUTE, LATER)
        for bar in bars:
            sums[(bar.start - start) // (30 * MINUTE)] += bar.volume
    assert min(sums[0], sums[-1]) > 1.3 * max(sums[4:9])


def test_a_call_rises_with_its_stock_and_a_put_falls(market: MarketModel) -> None:
    start = parse("2026-01-05")
    ask = (DAY_1, "MIDPOINT", "rth", start, start + 60 * DAY, LATER)
    stock, call, put = (
        [each.close for each in market.bars(contract, *ask)]  # type: ignore[arg-type]
        for contract in (AAPL, OPTION, OPTION + 4)
    )
    up, down = stock.index(max(stock)), stock.index(min(stock))
    assert call[up] > call[down]
    assert put[up] < put[down]
    assert all(c > max(0.0, s - 250) - 0.2 for c, s in zip(call, stock, strict=True))
