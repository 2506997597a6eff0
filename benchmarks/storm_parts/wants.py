"""What the client wants kept coming: every kind of stream, as far as the quotas of 100 lines allow."""

from collections.abc import Mapping

from benchmarks.storm_parts.market import members
from market.bar_size import BarSize
from market.events import TickType
from market.instrument import Instrument
from market.wanted import (
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)

TICKS: Mapping[str, TickType] = {
    "AAPL": "Last",
    "IBM": "AllLast",
    "NVDA": "BidAsk",
    "EUR.USD": "MidPoint",
    "BTC.USD": "Last",
}
"""Five: all that 100 lines allow."""

FIVE_SECONDS: Mapping[str, str] = {
    "TSLA": "TRADES",
    "MSFT": "TRADES",
    "SPY": "TRADES",
    "GBP.USD": "MIDPOINT",
    "ESZ6": "TRADES",
    "NQZ6": "TRADES",
}
KEPT = ("AAPL", "AMZN", "TSLA", "MSFT", "NVDA", "IBM", "SPY", "ESZ6", "NQZ6", "ETH.USD", "Q04", "Q08", "Q12")
DEPTH = ("AAPL", "ESZ6", "EUR.USD")
SINGLES = ("AAPL", "IBM")
_ONE_MINUTE, _FIVE_SECONDS = BarSize.parse("1m"), BarSize.parse("5s")


def wants(contracts: Mapping[str, Instrument], account: str) -> list[Wanted]:
    """All of it; `contracts` by name, see `names`."""
    lines = [
        WantedTicks(instrument=each, source="l1", tick_type="Last" if each.sec_type == "IND" else "BidAsk")
        for each in contracts.values()
    ]
    ticks = [
        WantedTicks(instrument=contracts[name], tick_type=kind, strict=True) for name, kind in TICKS.items()
    ]
    small = [
        WantedBars(instrument=contracts[name], size=_FIVE_SECONDS, what=what)
        for name, what in FIVE_SECONDS.items()
    ]
    kept = [WantedBars(instrument=contracts[name], size=_ONE_MINUTE) for name in KEPT]
    depth = [
        WantedDepth(instrument=contracts[name], rows=5, smart=contracts[name].exchange == "SMART")
        for name in DEPTH
    ]
    profit = [WantedProfit(account=account, contract_id=contracts[name].contract_id) for name in SINGLES]
    account_kinds = [WantedAccount(account=account), WantedProfit(account=account), *profit, WantedOrders()]
    return [*lines, *ticks, *small, *kept, *depth, *account_kinds]


def expected() -> set[tuple[str, int, str]]:
    """What runs at the gateway when all is live: its kind of subscription, the contract, and what of it."""
    contracts = names([each.listing.instrument for each in members()])
    number = {name: each.contract_id for name, each in contracts.items()}
    return {
        *(("line", each, "") for each in number.values()),
        *(("ticks", number[name], kind) for name, kind in TICKS.items()),
        *(("bars", number[name], what) for name, what in FIVE_SECONDS.items()),
        *(("history", number[name], "TRADES") for name in KEPT),
        *(("depth", number[name], "") for name in DEPTH),
    }


def names(instruments: "list[Instrument]") -> dict[str, Instrument]:
    """Instruments by a name that only one of them has."""
    found: dict[str, Instrument] = {}
    for each in instruments:
        name = (
            each.symbol if each.sec_type in ("STK", "IND") and each.currency == "USD" else each.local_symbol
        )
        found[name if name not in found else f"{name}@{each.exchange}/{each.contract_id}"] = each
    return found
