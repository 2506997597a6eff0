"""Charts that tests draw."""

from typing import Any

from charting.trade_chart import TradeChart
from data_processing.market_data_hub import MarketDataHub
from market.times import MINUTE
from tests.fakes import T0


def filled(bars: int = 10, **options: Any) -> MarketDataHub:
    """A hub of that many minutes, the newest provisional."""
    hub = MarketDataHub(**options)
    for n in range(bars):
        hub.upsert_bar(T0 + n * MINUTE, 10 + n, 12 + n, 9 + n, 11 + n, 100 + n, provisional=n == bars - 1)
    return hub


def chart(bars: int = 10, **options: Any) -> TradeChart:
    return TradeChart(filled(bars), title="RHM", label="SIMULATED", **options)
