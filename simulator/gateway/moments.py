"""What a market-data line is made of: quotes and prints in one order, as they come or as TWS samples them."""

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from market.source import Feed
from market.times import SECOND
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick

_MILLISECOND = SECOND // 1_000

# How often TWS samples a line, by type of security; IB's page on top-of-book data.
_SAMPLED_EVERY = {"OPT": 100 * _MILLISECOND, "FOP": 100 * _MILLISECOND, "CASH": 5 * _MILLISECOND}
_USUALLY_EVERY = 250 * _MILLISECOND


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What happened by `time`: the last quote and the trades, in order."""

    time: int
    quote: QuoteTick | None
    trades: tuple[TradeTick, ...]


def moments(
    model: MarketModel, listing: Listing, feed: Feed, *, every: bool = False
) -> Callable[[int, int], Sequence[Moment]]:
    """Fetch a line's changes: each by itself, or under the feed ``tws`` as sampled by TWS.

    At the same instant a quote comes before a trade. With `every` there are also the prints that do not set
    the last price.
    """
    contract_id = listing.instrument.contract_id

    def fetch(start: int, end: int) -> list[Moment]:
        quotes = [Moment(q.time, q, ()) for q in model.quotes(contract_id, start, end)]
        trades = [
            Moment(t.time, None, (t,)) for t in model.trades(contract_id, start, end) if every or t.last
        ]
        # The sort is stable: quotes, which stand first, stay before trades of their instant.
        merged = sorted((*quotes, *trades), key=attrgetter("time"))
        return merged if feed == "consistent" else _sampled(merged, listing)

    return fetch


def _sampled(changes: Sequence[Moment], listing: Listing) -> list[Moment]:
    """What a look every so often sees: the last quote and the last trade, whose size stands for all."""
    every = _SAMPLED_EVERY.get(listing.instrument.sec_type, _USUALLY_EVERY)
    seen: dict[int, Moment] = {}
    for each in changes:
        time = -(-each.time // every) * every
        before = seen.get(time, Moment(time, None, ()))
        seen[time] = Moment(time, each.quote or before.quote, before.trades + each.trades)
    return list(seen.values())
