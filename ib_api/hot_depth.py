"""The hot handlers of order books: rows of one exchange (12), rows with a market maker (13)."""

from collections.abc import Callable
from typing import Any

from ib_api.depth_line import DepthLine
from ib_api.ib_callbacks import IBCallbacks
from ib_api.vendor_values import NUMBERS, SIZES, TEXTS, Handler, Overridden


def depth_handlers(router: IBCallbacks, overridden: Overridden) -> dict[bytes, Handler]:
    """The handler of each message id that carries a change of a book."""
    return {
        b"12": _row(router, overridden("updateMktDepth")),
        b"13": _maker_row(router, overridden("updateMktDepthL2")),
    }


def _row(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    streams, numbers = router.registry.streams, NUMBERS

    def handle(fields: list[bytes]) -> None:
        _, _, request, at, change, side_text, price_text, size_text, _ = fields
        request_id, position, operation, side = numbers[request], numbers[at], numbers[change], int(side_text)
        price = float(price_text or b"0")
        if streams and isinstance(line := streams.get(request_id), DepthLine):
            router.depth_row(line, position, operation, side, price, float(size_text or b"0"))
        if user is not None:
            try:
                user(request_id, position, operation, side, price, SIZES[size_text])
            except Exception:
                router.callback_failed("updateMktDepth")

    return handle


def _maker_row(router: IBCallbacks, user: Callable[..., Any] | None) -> Handler:
    streams, numbers, texts = router.registry.streams, NUMBERS, TEXTS

    def handle(fields: list[bytes]) -> None:
        # Older servers, which have no SMART depth, leave its mark out.
        _, _, request, at, maker_text, change, side_text, price_text, size_text, *mark, _ = fields
        if len(mark) > 1:
            raise ValueError("the number of fields is wrong")
        request_id, position, operation, side = numbers[request], numbers[at], numbers[change], int(side_text)
        price, maker, smart = float(price_text or b"0"), texts[maker_text], mark == [b"1"]
        if streams and isinstance(line := streams.get(request_id), DepthLine):
            router.depth_row(line, position, operation, side, price, float(size_text or b"0"), maker, smart)
        if user is not None:
            try:
                user(request_id, position, maker, operation, side, price, SIZES[size_text], smart)
            except Exception:
                router.callback_failed("updateMktDepthL2")

    return handle
