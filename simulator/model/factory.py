"""Make a market from the gateway's options."""

from collections.abc import Sequence

from market.source import Feed, Source
from simulator.model.api import MarketModel
from simulator.model.feed import TwsFeed
from simulator.model.market import Market
from simulator.model.series import Generated, Series
from simulator.model.universe import Entitlement, universe


def generated(
    seed: int, feed: Feed, always_open: bool, entitlement: Entitlement | None = None
) -> MarketModel:
    """The generated market of a seed; `entitlement` overrides what the account may see of every contract."""
    source = Source.simulated(seed=seed, feed=feed, always_open=always_open)
    series = [Generated(seed, member, always_open=always_open) for member in universe(entitlement)]
    return _fed(seed, feed, source, series)


def _fed(seed: int, feed: Feed, source: Source, series: Sequence[Series]) -> MarketModel:
    market = Market(source, series)
    return market if feed == "consistent" else TwsFeed(seed, market)
