"""Bid, ask, last and model computations on the line of an option.

The model's price is the middle of bid and ask, and every volatility is the one its own price implies, so that
price, greeks and underlying on one message always belong together.
"""

from simulator.gateway import greeks
from simulator.gateway.contract_family import underlying
from simulator.gateway.prices import price_at
from simulator.gateway.services import Services
from simulator.gateway.tick_writer import TickWriter
from simulator.model import lookup
from simulator.model.api import Listing, QuoteTick, TradeTick
from simulator.wire.market_messages import TickId


class OptionTicks:
    """Sends what is new; for contracts other than options nothing."""

    def __init__(self, services: Services, listing: Listing, write: TickWriter) -> None:
        self._model = services.model
        self._option = listing.instrument
        is_option = listing.instrument.sec_type == "OPT"
        self._under = underlying(services.universe.listings, listing.instrument) if is_option else None
        self._write = write
        self._sent: dict[TickId, tuple[float, float]] = {}

    def update(self, quote: QuoteTick | None, trade: TradeTick | None, now: int) -> None:
        """Compute what quote and trade imply at `now`."""
        if self._under is None:
            return
        spot = price_at(self._model, self._under, now)
        if spot is None:
            return
        for tick, price in _prices(quote, trade).items():
            if self._sent.get(tick) != (price, spot):
                self._sent[tick] = price, spot
                self._write.computation(tick, greeks.of_price(self._option, price, spot, now))


def _prices(quote: QuoteTick | None, trade: TradeTick | None) -> dict[TickId, float]:
    prices: dict[TickId, float] = {}
    if quote is not None and quote.bid_size:
        prices[TickId.BID_OPTION] = quote.bid
    if quote is not None and quote.ask_size:
        prices[TickId.ASK_OPTION] = quote.ask
    if trade is not None:
        prices[TickId.LAST_OPTION] = trade.price
    if quote is not None and quote.bid_size and quote.ask_size:
        prices[TickId.MODEL_OPTION] = lookup.midpoint(quote)
    return prices
