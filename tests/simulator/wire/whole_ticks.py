"""Message 99 whole, of the two parts in which the gateway writes it."""

from simulator.model.api import QuoteTick, TradeTick
from simulator.wire import market_messages
from simulator.wire.framing import frame


def tick_by_tick_last(version: int, request_id: int, kind: int, seconds: int, tick: TradeTick) -> bytes:
    """Message 99; `kind` is 1 for Last and 2 for AllLast."""
    return frame(
        market_messages.tick_by_tick_head(request_id, kind)
        + market_messages.trade_rest(version, seconds, tick)
    )


def tick_by_tick_quote(version: int, request_id: int, seconds: int, tick: QuoteTick) -> bytes:
    return frame(
        market_messages.tick_by_tick_head(request_id, 3) + market_messages.quote_rest(version, seconds, tick)
    )


def tick_by_tick_midpoint(version: int, request_id: int, seconds: int, midpoint: float) -> bytes:
    return frame(
        market_messages.tick_by_tick_head(request_id, 4) + market_messages.midpoint_rest(seconds, midpoint)
    )
