"""Which events on the bus belong to a wanted stream."""

from collections.abc import Callable
from typing import Any, NamedTuple

from market.broker import Subscription
from market.events import (
    AccountValue,
    Bar,
    Depth,
    Event,
    Execution,
    MarketEvent,
    Midpoint,
    OrderUpdate,
    PositionUpdate,
    ProfitUpdate,
    Quote,
    Tick,
    TickType,
    Trade,
)
from market.wanted import (
    OfInstrument,
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)

_TICK_TYPES: dict[type[Tick], TickType] = {Quote: "BidAsk", Midpoint: "MidPoint"}
_OF_STREAMS = ("rtbar", "live")


class _Kind(NamedTuple):
    """The events of a declaration, and which of them are its own."""

    events: tuple[type[Event], ...]
    # Each function takes the events and the declaration that stand beside it in the table.
    own: Callable[[Any, Any, Any], bool]


def _tick(tick: Tick, wanted: WantedTicks, subscription: Any) -> bool:
    """What is delivered may differ from what is wanted: quotes of the market-data line for midpoints."""
    kind = tick.tick_type if isinstance(tick, Trade) else _TICK_TYPES[type(tick)]
    return kind == subscription.tick_type and tick.source in _sources(subscription.source)


def _sources(source: str) -> tuple[str, ...]:
    # While a stream is asked for again it has no source, and its last ticks may still be on their way.
    return (source,) if source else ("tbt", "l1")


def _bar(bar: Bar, wanted: WantedBars, _: object) -> bool:
    spec = wanted.size.name, wanted.what, wanted.hours
    return (bar.size, bar.what, bar.hours) == spec and bar.source in _OF_STREAMS


def _profit(profit: ProfitUpdate, wanted: WantedProfit, _: object) -> bool:
    return (profit.account, profit.contract_id) == (wanted.account, wanted.contract_id)


_KINDS: dict[type[Wanted], _Kind] = {
    WantedTicks: _Kind((Trade, Quote, Midpoint), _tick),
    WantedBars: _Kind((Bar,), _bar),
    WantedDepth: _Kind((Depth,), lambda event, wanted, subscription: True),
    WantedAccount: _Kind(
        (AccountValue, PositionUpdate), lambda event, wanted, _: event.account == wanted.account
    ),
    WantedProfit: _Kind((ProfitUpdate,), _profit),
    WantedOrders: _Kind((OrderUpdate, Execution), lambda event, wanted, subscription: True),
}


def kinds_of(wanted: Wanted) -> tuple[type[Event], ...]:
    """The kinds of event that a declaration brings; none for one that no broker knows."""
    kind = _KINDS.get(type(wanted))
    return kind.events if kind else ()


def belongs(event: Event, subscription: Subscription) -> bool:
    """Whether an event, of one of the kinds of its declaration, is of this stream."""
    wanted = subscription.wanted
    if isinstance(wanted, OfInstrument) and isinstance(event, MarketEvent):
        here = (event.contract_id, event.exchange) == wanted.route
    else:
        here = True
    return here and _KINDS[type(wanted)].own(event, wanted, subscription)
