"""The hot handlers of bars: 5-second bars, keep-up-to-date bars, and whole historical answers."""

from collections.abc import Callable
from typing import Any

from ib_api._ibapi import average_of
from ib_api.ib_callbacks import IBCallbacks
from ib_api.lines import BarLine
from ib_api.translate import bars_of_fields, live_bar, rows_of
from ib_api.vendor_values import NUMBERS, SIZES, Handler, Overridden, vendor_bar

_BARS_END_VERSION = 196
"""From here on the end of a historical answer is a message of its own (108)."""

_BAR_FIELDS = 8


def bar_handlers(router: IBCallbacks, overridden: Overridden, server_version: int) -> dict[bytes, Handler]:
    """The handler of each message id that carries bars."""
    return {
        b"17": _historical_data(router, overridden, server_version),
        b"50": _realtime_bar(router, overridden("realtimeBar")),
        b"90": _bar_update(router, overridden("historicalDataUpdate")),
    }


def _historical_data(router: IBCallbacks, overridden: Overridden, server_version: int) -> Handler:
    separate_end = server_version >= _BARS_END_VERSION
    first = 3 if separate_end else 5
    user, user_end = overridden("historicalData"), overridden("historicalDataEnd")

    def tell(user: Callable[..., Any], request_id: int, rows: list[bytes]) -> None:
        for row in rows_of(rows):
            try:
                user(request_id, vendor_bar(*row))
            except Exception:
                router.callback_failed("historicalData")

    def handle(fields: list[bytes]) -> None:
        request_id, count = int(fields[1]), int(fields[first - 1])
        if len(fields) != first + count * _BAR_FIELDS + 1:
            came = (len(fields) - first - 1) / _BAR_FIELDS
            router.fail_answer(request_id, f"{count} bars were announced, {came:g} came")
            raise ValueError("the number of bars is wrong")
        rows = fields[first:-1]
        answer = router.registry.find(request_id)
        if answer is not None:
            answer.rows.extend(bars_of_fields(rows, answer.detail, router.received))
        if user is not None:
            tell(user, request_id, rows)
        try:
            if not separate_end and user_end is not None:
                user_end(request_id, fields[2].decode(), fields[3].decode())
        except Exception:
            router.callback_failed("historicalData")
        if not separate_end:
            router.resolve_rows(request_id)

    return handle


def _realtime_bar(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    line_of = router.registry.streams.get

    def handle(fields: list[bytes]) -> None:
        _, _, request, when, open_text, high_text, low_text, close_text, volume, average, trades, _ = fields
        request_id, seconds, count = NUMBERS[request], int(when), NUMBERS[trades or b"0"]
        opened, high, low, close = float(open_text), float(high_text), float(low_text), float(close_text)
        line = line_of(request_id)
        if isinstance(line, BarLine):
            line.heard = router.received
            numbers = opened, high, low, close, float(volume or b"-1"), float(average or b"-1"), count
            router.batch.append(live_bar(line, when, *numbers, router.received, final=True))
        if user is not None:
            try:
                size, wap = SIZES[volume], average_of(average)
                user(request_id, seconds, opened, high, low, close, size, wap, count)
            except Exception:
                router.callback_failed("realtimeBar")

    return handle


def _bar_update(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    line_of = router.registry.streams.get

    def handle(fields: list[bytes]) -> None:
        # Another order than in history: count first, close before high and low, average before volume.
        _, request, count, when, opened, close, high, low, average, volume, *_ = fields
        request_id = int(request)
        line = line_of(request_id)
        if isinstance(line, BarLine):
            line.heard = router.received
            prices = float(opened), float(high), float(low), float(close)
            numbers = float(volume or b"-1"), float(average or b"-1"), int(count)
            router.batch.append(live_bar(line, when, *prices, *numbers, router.received, final=False))
        if user is not None:
            try:
                user(request_id, vendor_bar(when, opened, high, low, close, volume, average, count))
            except Exception:
                router.callback_failed("historicalDataUpdate")

    return handle
