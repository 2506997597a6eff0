"""What the simulated account holds, and what it is worth at a moment."""

from collections.abc import Iterator

import msgspec

from simulator.gateway.contracts import Universe
from simulator.model import lookup
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick
from simulator.model.calendar import last_session

CASH = 1_000_000.0
"""Settled dollars; the positions were paid for before."""

# Symbol, security type, quantity, average cost per unit in the contract's currency.
_HOLDINGS = (("AAPL", "STK", 100.0, 150.25), ("EUR", "CASH", 20_000.0, 1.08))


class Position(msgspec.Struct, frozen=True):
    """`cost` and `price` are per unit."""

    listing: Listing
    quantity: float
    cost: float
    price: float

    @property
    def value(self) -> float:
        return self.quantity * self.price * self.listing.instrument.multiplier

    @property
    def profit(self) -> float:
        return self.quantity * (self.price - self.cost) * self.listing.instrument.multiplier


class Value(msgspec.Struct, frozen=True):
    """One line of the account window; TWS gives every value as text."""

    key: str
    text: str
    currency: str


def positions(universe: Universe, model: MarketModel, now: int) -> list[Position]:
    """The holdings whose contracts this market has, priced at `now` (at cost before the first trade)."""
    found = []
    for symbol, sec_type, quantity, cost in _HOLDINGS:
        for listing in universe.listings:
            it = listing.instrument
            if (it.symbol, it.sec_type, it.currency) == (symbol, sec_type, "USD"):
                price = _price(model, listing, now)
                found.append(Position(listing, quantity, cost, cost if price is None else price))
                break
    return found


def _price(model: MarketModel, listing: Listing, now: int) -> float | None:
    """The last trade, or where there are none the midpoint."""
    contract_id = listing.instrument.contract_id
    session = last_session(model, contract_id, now)
    if session is None:
        return None
    trades = "TRADES" in listing.what
    fetch = lookup.trades(model, contract_id, every=False) if trades else lookup.quotes(model, contract_id)
    last = lookup.find_last(fetch, session.open, now)
    if isinstance(last, TradeTick):
        return last.price
    return lookup.midpoint(last) if isinstance(last, QuoteTick) else None


def values(held: list[Position], account: str) -> list[Value]:
    """The account's lines in the order of their keys; net liquidation is cash and positions."""
    return sorted(_values(held, account), key=lambda value: value.key)


def _values(held: list[Position], account: str) -> Iterator[Value]:
    stocks = sum(each.value for each in held if each.listing.instrument.sec_type == "STK")
    forex = sum(each.value for each in held if each.listing.instrument.sec_type == "CASH")
    gross = sum(abs(each.value) for each in held if each.listing.instrument.sec_type != "CASH")
    profit = sum(each.profit for each in held)
    total = CASH + sum(each.value for each in held)
    margin = gross / 2
    yield from (
        Value("AccountCode", account, ""),
        Value("AccountReady", "true", ""),
        Value("AccountType", "INDIVIDUAL", ""),
        Value("Cushion", f"{(total - margin) / total:.6f}", ""),
    )
    amounts = {
        "AvailableFunds": total - margin,
        "BuyingPower": (total - margin) * 4,
        "CashBalance": CASH,
        "EquityWithLoanValue": total,
        "ExcessLiquidity": total - margin,
        "FxCashBalance": forex,
        "GrossPositionValue": gross,
        "InitMarginReq": margin,
        "MaintMarginReq": margin,
        "NetLiquidation": total,
        "RealizedPnL": 0.0,
        "StockMarketValue": stocks,
        "TotalCashValue": CASH + forex,
        "UnrealizedPnL": profit,
    }
    for key, amount in amounts.items():
        yield Value(key, f"{amount:.2f}", "USD")
