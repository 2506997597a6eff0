"""Recorded messages about orders: decoded into values and written again byte for byte.

`RECORDED` tells of each kind how many frames there are and why some are not reproduced. All of those were
made by hand for tests of other libraries; every frame of a live session is reproduced.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.wire.errors import MalformedRequest
from simulator.wire.fields import FieldReader, message
from simulator.wire.layout import Part, read_parts, write_parts
from simulator.wire.order_layouts import COMMISSION, COMPLETED_ORDER, EXECUTION, OPEN_ORDER, ORDER_STATUS

SHARED = Path(__file__).parents[4] / "shared" / "wire"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")

LAYOUTS: dict[int, tuple[Part, ...]] = {
    3: ORDER_STATUS, 5: OPEN_ORDER, 11: EXECUTION, 59: COMMISSION, 101: COMPLETED_ORDER,
}  # fmt: skip
EXTRA_FIELD = "an empty field too many at the end: an artefact of how the log was split"
LATER_LAYOUT = "has the fields of version 170 under a version before"
OTHER_NUMBERS = "writes numbers as TWS does not: 0.0 for a size, 2.50 for a double"
WRONG_FIELDS = "lacks fields in the middle"

RECORDED: dict[int, dict[str, int]] = {
    3: {"as recorded": 12, EXTRA_FIELD: 3, OTHER_NUMBERS: 4},
    5: {"as recorded": 11, EXTRA_FIELD: 3, LATER_LAYOUT: 2, OTHER_NUMBERS: 1},
    11: {"as recorded": 4, EXTRA_FIELD: 1, OTHER_NUMBERS: 3},
    59: {"as recorded": 2, EXTRA_FIELD: 1, OTHER_NUMBERS: 2},
    101: {"as recorded": 1, LATER_LAYOUT: 2, WRONG_FIELDS: 2},
}


def frames() -> Iterator[tuple[int, int, str]]:
    """Version, kind and text of every message about orders."""
    for name in ("mixed.jsonl", "session_sv176.jsonl"):
        for line in (SHARED / name).read_text().splitlines():
            entry = json.loads(line)
            if entry["msg_id"] in LAYOUTS:
                version = entry.get("server_version", entry["ibapi_10_30_01"]["server_version_used"])
                yield version, entry["msg_id"], entry["raw"]


def compare(version: int, kind: int, raw: str) -> str:
    """How our own writing of the values in `raw` differs from it."""
    reader = FieldReader(raw.encode(), version)
    reader.integer("message id")
    try:
        values = read_parts(reader, LAYOUTS[kind])
    except MalformedRequest:
        return WRONG_FIELDS
    if reader.left == 5:
        later = compare(170, kind, raw)
        return LATER_LAYOUT if later == "as recorded" else later
    ours = message(version, kind, *write_parts(LAYOUTS[kind], values, version))[4:].decode()
    if reader.left == 1 and ours + "\0" == raw:
        return EXTRA_FIELD
    return "as recorded" if ours == raw else OTHER_NUMBERS


def test_every_recorded_frame_is_reproduced_or_explained() -> None:
    found: dict[int, Counter[str]] = {kind: Counter() for kind in LAYOUTS}
    for version, kind, raw in frames():
        found[kind][compare(version, kind, raw)] += 1
    assert {kind: dict(counted) for kind, counted in found.items()} == RECORDED


def test_numbers_alone_are_what_differs_in_those_that_write_them_otherwise() -> None:
    for version, kind, raw in frames():
        if compare(version, kind, raw) == OTHER_NUMBERS:
            reader = FieldReader(raw.encode(), version)
            reader.integer("message id")
            ours = write_parts(LAYOUTS[kind], read_parts(reader, LAYOUTS[kind]), version)
            theirs = raw.split("\0")[1:-1]
            different = [(float(a), float(b)) for a, b in zip(ours, theirs, strict=True) if a != b]
            assert different
            assert all(a == b for a, b in different)
