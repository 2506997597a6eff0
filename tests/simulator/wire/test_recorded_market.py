"""Frames of market data that others have, against ours.

All frames of these kinds come from public test suites, and many were written by hand: with prices such as
``185.50``, which TWS writes as ``185.5``, with any number or none as the version of their layout, with masks
that no live quote has. A frame is reproduced byte for byte, or but for these.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from simulator.wire import depth_messages, market_messages, option_messages
from simulator.wire.depth_messages import DepthMarket
from simulator.wire.fields import number
from simulator.wire.market_messages import TickId
from simulator.wire.option_messages import Computation
from tests.simulator.wire.test_recorded import SHARED, recorded

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")

Encoder = Callable[[int, list[str]], bytes]


def _price(version: int, f: list[str]) -> bytes:
    return market_messages.tick_price(version, int(f[1]), TickId(int(f[2])), float(f[3]), float(f[4]))


def _row(version: int, f: list[str]) -> bytes:
    position, operation, side = map(int, f[2:5])
    return depth_messages.depth_row(version, int(f[1]), position, operation, side, float(f[5]), float(f[6]))


def _maker_row(version: int, f: list[str]) -> bytes:
    operation, side = int(f[4]), int(f[5])
    return depth_messages.maker_row(
        *(version, int(f[1]), int(f[2]), f[3], operation, side, float(f[6]), float(f[7])), smart=f[8] == "1"
    )


def _computation(version: int, f: list[str]) -> bytes:
    names = ("volatility", "delta", "price", "dividends", "gamma", "vega", "theta", "under_price")
    values = Computation(**{name: float(value) for name, value in zip(names, f[3:], strict=True)})
    return option_messages.option_computation(200, int(f[0]), int(f[1]), values, price_based=f[2] == "1")


def _exchanges(version: int, f: list[str]) -> bytes:
    rows = [f[at : at + 5] for at in range(1, len(f), 5)]
    markets = [DepthMarket(a, b, c, d, int(e) if e else None) for a, b, c, d, e in rows]
    return depth_messages.depth_exchanges(version, markets)


# The fields are those behind the message id.
ENCODERS: dict[int, Encoder] = {
    1: _price,
    2: lambda v, f: market_messages.tick_size(v, int(f[1]), TickId(int(f[2])), float(f[3])),
    12: _row,
    13: _maker_row,
    21: _computation,
    45: lambda v, f: market_messages.tick_generic(v, int(f[1]), TickId(int(f[2])), float(f[3])),
    46: lambda v, f: market_messages.tick_string(v, int(f[1]), TickId(int(f[2])), f[3]),
    57: lambda v, f: market_messages.tick_snapshot_end(v, int(f[1])),
    80: _exchanges,
}
# How many frames of each kind are met exactly, and how many but for the spelling of numbers and the version.
EXPECTED = {
    1: (1, 4),
    2: (3, 2),
    12: (4, 5),
    13: (0, 1),
    21: (0, 4),
    45: (1, 1),
    46: (1, 1),
    57: (2, 0),
    80: (1, 0),
}
# Frames of before 156 with a version 6, whose fields stand in an order of no TWS.
LEFT_OUT = {21: 5}
VERSIONED = (1, 2, 12, 13, 45, 46, 57)


def _shortest(text: str) -> str:
    try:
        return number(float(text))
    except ValueError:
        return text


def _spelt(kind: int, raw: bytes) -> list[str]:
    fields = [_shortest(text) for text in raw.decode().split("\0")[1:-1]]
    if kind == 1:
        fields.pop()  # the mask
    return fields[1:] if kind in VERSIONED else fields


def test_frames_are_met_byte_for_byte_or_but_for_their_spelling() -> None:
    exact: Counter[int] = Counter()
    alike: Counter[int] = Counter()
    left_out: Counter[int] = Counter()
    for version, kind, raw in recorded("mixed.jsonl"):
        if kind not in ENCODERS:
            continue
        fields = raw.split("\0")[1:-1]
        if kind == 21 and len(fields) != 11:
            left_out[kind] += 1
            continue
        ours = ENCODERS[kind](max(version, 163), fields)[4:]
        if ours == raw.encode():
            exact[kind] += 1
        else:
            assert _spelt(kind, ours) == _spelt(kind, raw.encode())
            alike[kind] += 1
    assert {kind: (exact[kind], alike[kind]) for kind in ENCODERS} == EXPECTED
    assert left_out == LEFT_OUT
