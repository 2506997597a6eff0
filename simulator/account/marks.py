"""What things are worth: marks of contracts and rates of currencies, from the simulated market."""

from decimal import Decimal

from market.errors import BadRequest
from market.times import DAY
from simulator.model import lookup
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick

BASE = "USD"
"""The currency the account is kept in."""

OPENING_RATES = {"EUR": Decimal("1.08")}
"""What a currency is worth before the market's first quote of it; the opening euros were bought at it."""

_ONE = Decimal(1)
# Sessions so far back are looked through for a price: beyond any holiday.
_LOOK_BACK = 12 * DAY
_MOST_KEPT = 512


class Marks:
    """Prices at any moment; the same moment is looked up once."""

    def __init__(self, model: MarketModel) -> None:
        self._model = model
        self._pairs = {
            (it.symbol, it.currency): each
            for each in model.listings
            if (it := each.instrument).sec_type == "CASH"
        }
        self._known: dict[tuple[int, int], Decimal | None] = {}

    def price(self, listing: Listing, now: int) -> Decimal | None:
        """The last trade before `now`, the midpoint of what has no trades; None before the first."""
        key = listing.instrument.contract_id, now
        if key not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = self._look_up(listing, now)
        return self._known[key]

    def rate(self, currency: str, now: int) -> Decimal:
        """What one unit of `currency` is worth in the base; raise `BadRequest` where no market says so."""
        if currency == BASE:
            return _ONE
        direct, inverse = self._pairs.get((currency, BASE)), self._pairs.get((BASE, currency))
        pair = direct or inverse
        price = None if pair is None else self.price(pair, now)
        if price:
            return price if pair is direct else _ONE / price
        if currency in OPENING_RATES:
            return OPENING_RATES[currency]
        raise BadRequest(
            f"the simulated market has no rate of {currency} in {BASE}; trade what is priced in it"
        )

    def _look_up(self, listing: Listing, now: int) -> Decimal | None:
        contract_id = listing.instrument.contract_id
        trades = "TRADES" in listing.what
        fetch = (
            lookup.trades(self._model, contract_id, every=False)
            if trades
            else lookup.quotes(self._model, contract_id)
        )
        for session in reversed(self._model.sessions(contract_id, now - _LOOK_BACK, now)):
            last = lookup.find_last(fetch, session.open, min(now, session.close))
            if isinstance(last, TradeTick):
                return Decimal(repr(last.price))
            if isinstance(last, QuoteTick):
                return Decimal(repr(lookup.midpoint(last)))
        return None
