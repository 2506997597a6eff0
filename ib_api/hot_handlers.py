"""One closure per hot message: fields in, event out, and the user's callback where there is one.

Closures, because what is looked up once per session is not looked up once per tick. The layouts are the same
from server version 137 to 225. A message with another number of fields raises `ValueError` and is reported.
"""

from collections.abc import Callable
from typing import Any

from ib_api.ib_callbacks import IBCallbacks
from ib_api.lines import LAST_OF, MarketDataLine, TickByTickLine
from ib_api.vendor_values import (
    LAST_FLAGS,
    NUMBERS,
    PRICE_FLAGS,
    QUOTE_FLAGS,
    SIZES,
    TEXTS,
    Handler,
    Overridden,
)


def tick_handlers(router: IBCallbacks, overridden: Overridden) -> dict[bytes, Handler]:
    """The handler of each hot message id."""
    return {
        b"1": _tick_price(router, overridden("tickPrice"), overridden("tickSize")),
        b"2": _tick_size(router, overridden("tickSize")),
        b"46": _tick_string(router, overridden("tickString")),
        b"58": _market_data_type(router, overridden("marketDataType")),
        b"99": _tick_by_tick(router, overridden),
    }


def _tick_price(
    router: IBCallbacks, user: Callable[..., Any] | None, user_size: Callable[..., Any] | None
) -> Handler:
    streams, numbers, flags, sizes, size_of = (
        router.registry.streams,
        NUMBERS,
        PRICE_FLAGS,
        SIZES,
        LAST_OF.get,
    )

    def handle(fields: list[bytes]) -> None:
        _, _, request, tick, price_text, size_text, mask, _ = fields
        request_id, kind, price = numbers[request], numbers[tick], float(price_text)
        if streams and isinstance(line := streams.get(request_id), MarketDataLine):
            router.l1_price(line, kind, price, float(size_text or b"0"), int(mask or b"0"))
        try:
            if user is not None:
                user(request_id, kind, price, flags[mask])
            if user_size is not None and (size_kind := size_of(kind)) is not None:
                user_size(request_id, size_kind, sizes[size_text])
        except Exception:
            router.callback_failed("tickPrice")

    return handle


def _tick_size(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    streams, numbers, sizes = router.registry.streams, NUMBERS, SIZES

    def handle(fields: list[bytes]) -> None:
        _, _, request, tick, size_text, _ = fields
        request_id, kind = numbers[request], numbers[tick]
        if streams and isinstance(line := streams.get(request_id), MarketDataLine):
            router.l1_size(line, kind, float(size_text or b"0"))
        if user is not None:
            try:
                user(request_id, kind, sizes[size_text])
            except Exception:
                router.callback_failed("tickSize")

    return handle


def _tick_string(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    line_of, failed = router.registry.streams.get, router.callback_failed

    def handle(fields: list[bytes]) -> None:
        _, _, request, tick, text, _ = fields
        request_id, kind = int(request), int(tick)
        value = text.decode("unicode-escape")
        line = line_of(request_id)
        if isinstance(line, MarketDataLine):
            line.text(kind, value)
        if user is not None:
            try:
                user(request_id, kind, value)
            except Exception:
                failed("tickString")

    return handle


def _market_data_type(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    line_of, failed = router.registry.streams.get, router.callback_failed

    def handle(fields: list[bytes]) -> None:
        _, _, request, number_text, _ = fields
        request_id, number = int(request), int(number_text)
        line = line_of(request_id)
        if isinstance(line, MarketDataLine):
            line.market_data_type(number)
        if user is not None:
            try:
                user(request_id, number)
            except Exception:
                failed("marketDataType")

    return handle


def _tick_by_tick(router: IBCallbacks, overridden: Overridden) -> Handler:
    last = _tbt_last(router, overridden("tickByTickAllLast"))
    kinds: dict[bytes, Handler] = {
        b"1": last,
        b"2": last,
        b"3": _tbt_quote(router, overridden("tickByTickBidAsk")),
        b"4": _tbt_midpoint(router, overridden("tickByTickMidPoint")),
    }

    def handle(fields: list[bytes]) -> None:
        kinds[fields[2]](fields)

    return handle


def _tbt_last(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    streams, numbers, sizes, flags, texts = router.registry.streams, NUMBERS, SIZES, LAST_FLAGS, TEXTS

    def handle(fields: list[bytes]) -> None:
        _, request, kind, when, price_text, size_text, mask_text, venue_text, conditions_text, _ = fields
        request_id, seconds, price = numbers[request], int(when), float(price_text)
        venue, conditions = texts[venue_text], texts[conditions_text]
        if streams and isinstance(line := streams.get(request_id), TickByTickLine):
            marks = flags[mask_text]
            past, silent = marks.pastLimit, marks.unreported
            router.tbt_last(line, seconds, price, float(size_text), past, silent, venue, conditions)
        if user is not None:
            try:
                size, attributes = sizes[size_text], flags[mask_text]
                user(request_id, numbers[kind], seconds, price, size, attributes, venue, conditions)
            except Exception:
                router.callback_failed("tickByTickAllLast")

    return handle


def _tbt_quote(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    streams, numbers, sizes, flags = router.registry.streams, NUMBERS, SIZES, QUOTE_FLAGS

    def handle(fields: list[bytes]) -> None:
        _, request, _, when, bid_text, ask_text, bid_size, ask_size, mask_text, _ = fields
        request_id, seconds, bid, ask = numbers[request], int(when), float(bid_text), float(ask_text)
        if streams and isinstance(line := streams.get(request_id), TickByTickLine):
            marks = flags[mask_text]
            low, high = marks.bidPastLow, marks.askPastHigh
            router.tbt_quote(line, seconds, bid, ask, float(bid_size), float(ask_size), low, high)
        if user is not None:
            try:
                user(request_id, seconds, bid, ask, sizes[bid_size], sizes[ask_size], flags[mask_text])
            except Exception:
                router.callback_failed("tickByTickBidAsk")

    return handle


def _tbt_midpoint(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    line_of = router.registry.streams.get

    def handle(fields: list[bytes]) -> None:
        _, request, _, when, price_text, _ = fields
        request_id, seconds, price = int(request), int(when), float(price_text)
        line = line_of(request_id)
        if isinstance(line, TickByTickLine):
            router.tbt_midpoint(line, seconds, price)
        if user is not None:
            try:
                user(request_id, seconds, price)
            except Exception:
                router.callback_failed("tickByTickMidPoint")

    return handle
