"""Make a market from the gateway's options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from market.source import Feed, Source
from simulator.model.api import MarketModel
from simulator.model.feed import TwsFeed
from simulator.model.market import Market
from simulator.model.replay import Stamp, digest, load_replay
from simulator.model.series import Generated, Memory, Series
from simulator.model.universe import Entitlement, universe


class Replay(NamedTuple):
    """A replayed market and the time where its files end, which is where its gateway's clock begins."""

    market: MarketModel
    end: int


def generated(
    seed: int, feed: Feed, always_open: bool, entitlement: Entitlement | None = None
) -> MarketModel:
    """The generated market of a seed; `entitlement` overrides what the account may see of every contract."""
    source = Source.simulated(seed=seed, feed=feed, always_open=always_open)
    memory = Memory()
    series = [
        Generated(seed, member, always_open=always_open, memory=memory) for member in universe(entitlement)
    ]
    return _fed(seed, feed, source, series)


def replayed(
    files: Mapping[str, Path],
    *,
    stamp: Stamp = "start",
    zone: str = "UTC",
    seed: int = 0,
    feed: Feed = "consistent",
    entitlement: Entitlement | None = None,
) -> Replay:
    """The files' market, each file under its symbol, beside the generated rest of the universe.

    `stamp` says whether a bar's time is its start or its end, `zone` where naive times are at home. A file
    goes by its contract's local symbol (``AAPL``, ``EURUSD``, ``ESZ6``) or id; an unknown symbol becomes a
    new US stock.
    Raise `BadRequest` or `SetupError` for a file that cannot be served, naming file and line.
    """
    source = Source.replay(digest(files, stamp=stamp, zone=zone, seed=seed, feed=feed))
    members = universe(entitlement)
    recorded = load_replay(files, members, stamp=stamp, zone=zone, seed=seed, entitlement=entitlement)
    taken = {each.listing.instrument.contract_id for each in recorded}
    memory = Memory()
    others = [
        Generated(seed, member, always_open=False, memory=memory)
        for member in members
        if member.listing.instrument.contract_id not in taken
    ]
    market = _fed(seed, feed, source, [*recorded, *others])
    return Replay(market, max(each.end for each in recorded))


def _fed(seed: int, feed: Feed, source: Source, series: Sequence[Series]) -> MarketModel:
    market = Market(source, series)
    return market if feed == "consistent" else TwsFeed(seed, market)
