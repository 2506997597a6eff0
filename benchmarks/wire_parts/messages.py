"""The messages that are sent, in the text protocol of server versions 157 to 200 (same layout in all)."""

import struct
from collections.abc import Iterable, Sequence

KINDS = ("tick_price", "last", "bid_ask", "bar_5s", "history")

# So many different messages are sent over and over, which no cache of ours or theirs should profit from.
BLOCK = 10_000
TIME = 1_700_000_000
HISTORY_END_IS_A_MESSAGE = 196

MARK_PRICE, MARK_SIZE = 777.25, 77
# What a client must have been given with the very last message, proof that it got through to the end.
MARKS = {
    "tick_price": [777.25],
    "last": [777.25, 77],
    "bid_ask": [777.25, 777.26, 77, 78],
    "bar_5s": [777.25, 777.75, 776.75, 777.35, 77],
    "history": [777.25, 777.75, 776.75, 777.35, 77],
}


def frame(*fields: object) -> bytes:
    """One message: its length in four bytes, then the fields, each ended by NUL.

    >>> frame(1, "a")
    b'\\x00\\x00\\x00\\x041\\x00a\\x00'
    """
    body = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(body)) + body


def tick(kind: str, request_id: int, time: int, price: float, size: int) -> bytes:
    """One message of a streaming kind."""
    text = f"{price:.2f}"
    if kind == "tick_price":
        return frame(1, 6, request_id, 1 + size % 2, text, size, 1)
    if kind == "last":
        return frame(99, request_id, 1, time, text, size, 0, "NASDAQ", "")
    if kind == "bid_ask":
        return frame(99, request_id, 3, time, text, f"{price + 0.01:.2f}", size, size + 1, 0)
    return frame(50, 3, request_id, *_bar(time, price, size))


def stamped(request_id: int, stamp: int) -> bytes:
    """A tick-by-tick trade whose price is the sender's monotonic clock in nanoseconds.

    The price is the one number that every client passes on: the full `IB` puts its own time in place of IB's.
    A float holds it exactly for the first hundred days after a boot.
    """
    return frame(99, request_id, 1, TIME, stamp, 100, 0, "NASDAQ", "")


def stream(kind: str, request_ids: Sequence[int], count: int) -> Iterable[bytes]:
    """`count` messages in large pieces, shared among `request_ids`; the last one bears the mark."""
    block = [
        tick(kind, request_ids[i % len(request_ids)], TIME + i, _price(i), 100 + i % 900)
        for i in range(min(BLOCK, count))
    ]
    whole, rest = divmod(count - 1, len(block))
    mark = tick(kind, request_ids[0], TIME + BLOCK, MARK_PRICE, MARK_SIZE)
    return [*[b"".join(block)] * whole, b"".join(block[:rest]) + mark]


def history(request_id: int, count: int, server_version: int) -> bytes:
    """One answer of `count` 1-minute bars, the last with the mark."""
    fields: list[object] = [17, request_id]
    separate_end = server_version >= HISTORY_END_IS_A_MESSAGE
    if not separate_end:
        fields += ["20200913  12:26:40", "20201121  23:06:40"]
    fields.append(count)
    for i in range(count - 1):
        fields += _bar(1_600_000_000 + i * 60, _price(i), 1_000 + i % 5_000)
    fields += _bar(1_600_000_000 + (count - 1) * 60, MARK_PRICE, MARK_SIZE)
    end = frame(108, request_id, "20200913 12:26:40 UTC", "20201121 23:06:40 UTC") if separate_end else b""
    return frame(*fields) + end


def _price(i: int) -> float:
    return 100 + i * 7_919 % 10_000 / 100


def _bar(time: int, price: float, size: int) -> list[object]:
    high, low, close, average = price + 0.5, price - 0.5, price + 0.1, price + 0.05
    prices = [f"{each:.2f}" for each in (price, high, low, close)]
    return [time, *prices, size, f"{average:.4f}", 40 + size % 100]
