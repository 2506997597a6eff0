"""Historical ticks as one message."""

from collections.abc import Sequence

from simulator.gateway.dates import seconds
from simulator.model.api import QuoteTick, TradeTick
from simulator.model.lookup import Tick, midpoint
from simulator.wire import market_messages

MOST = 1_000
"""No request for historical ticks gets more, but for the rest of a second."""


def encode(version: int, request_id: int, what: str, found: Sequence[Tick]) -> bytes:
    """The one message with all of a historical answer."""
    if what == "TRADES":
        prints = [(seconds(t.time), t) for t in found if isinstance(t, TradeTick)]
        return market_messages.historical_trades(version, request_id, prints)
    quotes = [(seconds(t.time), t) for t in found if isinstance(t, QuoteTick)]
    if what == "MIDPOINT":
        return market_messages.historical_midpoints(
            version, request_id, [(s, midpoint(q)) for s, q in quotes]
        )
    return market_messages.historical_quotes(version, request_id, quotes)
