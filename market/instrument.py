"""What can be traded, as a broker describes it."""

import msgspec


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One contract and the route to it; (`contract_id`, `exchange`) identifies it in the store.

    `min_tick` is in price units, `multiplier` in currency per point, `time_zone` an IANA name (empty where
    the broker did not say). `trading_hours` and `liquid_hours` are IB's texts for the coming days, e.g.
    ``20260105:0400-20260105:2000;20260106:CLOSED``.
    """

    contract_id: int
    symbol: str
    sec_type: str
    exchange: str
    currency: str
    primary_exchange: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    name: str = ""
    expiry: str = ""
    strike: float | None = None
    right: str = ""
    multiplier: float = 1.0
    min_tick: float = 0.01
    time_zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    market_rule_ids: tuple[int, ...] = ()
    valid_exchanges: tuple[str, ...] = ()

    @property
    def ticker(self) -> str:
        """What traders call it: ``AAPL``, ``EUR.USD``, ``ESZ6``."""
        return self.symbol if self.sec_type in ("STK", "IND") else self.local_symbol or self.symbol

    def describe(self) -> str:
        """One line for a list of candidates: ``AAPL STK NASDAQ USD (conId 265598) APPLE INC``."""
        what = " ".join(
            filter(None, (self.sec_type, self.expiry, f"{self.strike:g}" if self.strike else "", self.right))
        )
        venue = self.primary_exchange or self.exchange
        return f"{self.symbol} {what} {venue} {self.currency} (conId {self.contract_id}) {self.name}".rstrip()
