"""What each request is to the scheduler: which of IB's limits it meets."""

from ib_api._ibapi import Contract
from ib_api.ib_contract import describe
from ib_api.scheduling import Ask, Kind, Priority
from ib_api.scheduling.limits import SMALL_BAR_SECONDS
from market.bar_size import BarSize
from market.events import Hours, TickType
from market.times import to_ib

HISTORY_OF: dict[TickType, str] = {
    "Last": "TRADES",
    "AllLast": "TRADES",
    "BidAsk": "BID_ASK",
    "MidPoint": "MIDPOINT",
}
"""IB's name of the past of each kind of tick."""


def line_ask(contract: Contract) -> Ask:
    """A market-data line."""
    return _of(contract, "line")


def ticks_ask(contract: Contract) -> Ask:
    """A tick-by-tick stream, of whatever kind of tick."""
    return _of(contract, "ticks")


def depth_ask(contract: Contract) -> Ask:
    """A book."""
    return _of(contract, "depth")


def live_bars_ask(contract: Contract, what: str) -> Ask:
    """5-second bars: small requests, of which identical ones may follow each other."""
    return Ask(contract_id=contract.conId, exchange=contract.exchange, what=what, small=True)


def history_ask(contract: Contract, size: BarSize, what: str, span: str) -> Ask:
    """Bars of the past; `span` is what makes two of them identical besides contract, size and data."""
    return _past(contract, what, size.seconds <= SMALL_BAR_SECONDS, f"{size} {span}")


def kept_ask(contract: Contract, size: BarSize, what: str, span: str) -> Ask:
    """Bars that are kept up to date."""
    return Ask(
        kind="kept",
        contract_id=contract.conId,
        exchange=contract.exchange,
        what=what,
        small=size.seconds <= SMALL_BAR_SECONDS,
        identity=f"{size} kept {span}",
    )


def past_ticks_ask(
    contract: Contract, tick_type: TickType, start: int, count: int, hours: Hours = "all"
) -> Ask:
    """Ticks of the past: they count as small bars."""
    return _past(contract, HISTORY_OF[tick_type], True, f"ticks {to_ib(start)} {count} {hours}")


def head_ask(contract: Contract, what: str) -> Ask:
    """The time of the first bar."""
    return _past(contract, what, False, "head")


def _of(contract: Contract, kind: Kind) -> Ask:
    return Ask(kind=kind, contract_id=contract.conId, exchange=contract.exchange, identity=describe(contract))


def _past(contract: Contract, what: str, small: bool, identity: str) -> Ask:
    return Ask(
        kind="history",
        priority=Priority.HISTORY,
        contract_id=contract.conId,
        exchange=contract.exchange,
        what=what,
        small=small,
        identity=identity,
    )
