"""Recorded answers about contracts and history come out of our encoders again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.wire.recorded_reference import ENCODERS, NEVER_SENT, NOT_REPRODUCED

RECORDED = Path(__file__).parents[4] / "shared" / "wire" / "mixed.jsonl"
pytestmark = pytest.mark.skipif(not RECORDED.is_file(), reason="the recordings are not here")


def frames() -> Iterator[tuple[str, int, int, str]]:
    """Name, version, kind and text of every frame of our kinds; 176 where the version is not known."""
    for line in RECORDED.read_text().splitlines():
        entry = json.loads(line)
        if entry["msg_id"] in ENCODERS:
            yield entry["id"], entry.get("server_version", 176), entry["msg_id"], entry["raw"]


def again(version: int, kind: int, raw: str) -> str:
    (frame, *_) = ENCODERS[kind](version, raw.split("\0")[1:-1])
    return frame[4:].decode()


def shortest(raw: str) -> list[str]:
    """The fields, decimals without the zeros at their end: what a number does not remember."""
    fields = raw.split("\0")
    return [
        field.rstrip("0").rstrip(".") if "." in field and field.replace(".", "").isdigit() else field
        for field in fields
    ]


def test_every_frame_comes_back_or_is_listed_with_its_reason() -> None:
    identical = 0
    for name, version, kind, raw in frames():
        if name not in NOT_REPRODUCED:
            ours = again(version, kind, raw)
            assert shortest(ours) == shortest(raw), name
            identical += ours == raw
    assert identical >= 35


def test_what_is_listed_as_different_is_different() -> None:
    listed = {name for name, *_ in frames()} & set(NOT_REPRODUCED)
    assert listed == set(NOT_REPRODUCED)
    for name, version, kind, raw in frames():
        if name in NOT_REPRODUCED:
            try:
                same = again(version, kind, raw) == raw
            except ValueError:
                same = False
            assert not same, name


def test_a_kind_is_either_sent_or_never_sent() -> None:
    assert not set(ENCODERS) & set(NEVER_SENT)
