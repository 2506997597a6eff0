"""What a contract is worth at a moment."""

from simulator.model import lookup
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick
from simulator.model.calendar import last_session


def mark_price(quote: QuoteTick | None, trade: TradeTick | None) -> float | None:
    """IB's mark: the last price, or the bid above it or the ask below it; halfway where nothing traded.

    >>> mark_price(QuoteTick(0, 1.1, 1.2, 5.0, 5.0), TradeTick(0, 1.25, 1.0))
    1.2
    """
    if quote is None or not quote.bid_size or not quote.ask_size:
        return trade.price if trade else None
    return min(max(trade.price, quote.bid), quote.ask) if trade else lookup.midpoint(quote)


def price_at(model: MarketModel, listing: Listing, now: int) -> float | None:
    """The mark price at `now`, of the session that runs or ran last; None before anything happened."""
    contract_id = listing.instrument.contract_id
    session = last_session(model, contract_id, now)
    if session is None:
        return None
    quote = lookup.find_last(lookup.quotes(model, contract_id), session.open, now)
    trade = lookup.find_last(lookup.trades(model, contract_id, every=False), session.open, now)
    return mark_price(
        quote if isinstance(quote, QuoteTick) else None, trade if isinstance(trade, TradeTick) else None
    )
