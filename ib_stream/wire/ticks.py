"""Ticks as the JSON objects that streams carry: values in, values out.

The outer `timestamp` is when *we* received the tick; the inner ones are IB's second. `source` and `data_type`
stand beside IB's fields, so that a tick derived from the market-data line or a delayed one is never taken for
a live tick-by-tick one.
"""

from collections.abc import Callable
from typing import Any

from ib_stream.wire.encoding import line, milliseconds, second
from market.events import Midpoint, Quote, Tick, Trade
from market.times import SECOND

_KIND = {"Last": "last", "AllLast": "all_last"}


def tick_message(tick: Tick) -> dict[str, Any]:
    """The object of one `data:` line.

    >>> message = tick_message(Midpoint(265598, "SMART", 1_705_319_400_000_000_000, 0, 175.255))
    >>> message["type"], message["data"]["type"], message["data"]["unix_time"], message["data"]["mid_point"]
    ('tick', 'mid_point', 1705319400, 175.255)
    """
    return {
        "type": "tick",
        "contract_id": tick.contract_id,
        "timestamp": milliseconds(tick.received),
        "data": {
            "type": _kind(tick),
            "timestamp": second(tick.time),
            "unix_time": tick.time // SECOND,
            **_FIELDS[type(tick)](tick),
            "source": tick.source,
            "data_type": tick.data_type.label,
        },
    }


def tick_line(tick: Tick) -> bytes:
    """`tick_message` as one line of JSON, without its line end."""
    return line(tick_message(tick))


def _kind(tick: Tick) -> str:
    if isinstance(tick, Trade):
        return _KIND[tick.tick_type]
    return "bid_ask" if isinstance(tick, Quote) else "mid_point"


def _trade(tick: Trade) -> dict[str, Any]:
    return {
        "price": tick.price,
        "size": tick.size,
        "exchange": tick.venue,
        "special_conditions": tick.conditions,
        "past_limit": tick.past_limit,
        "unreported": tick.unreported,
    }


def _quote(tick: Quote) -> dict[str, Any]:
    return {
        "bid_price": tick.bid,
        "ask_price": tick.ask,
        "bid_size": tick.bid_size,
        "ask_size": tick.ask_size,
        "bid_past_low": tick.bid_past_low,
        "ask_past_high": tick.ask_past_high,
    }


def _midpoint(tick: Midpoint) -> dict[str, Any]:
    return {"mid_point": tick.price}


# Keyed by class, so each function gets the class it is written for.
_FIELDS: dict[type[Tick], Callable[[Any], dict[str, Any]]] = {
    Trade: _trade,
    Quote: _quote,
    Midpoint: _midpoint,
}
