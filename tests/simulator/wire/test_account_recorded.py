"""What a live TWS sent of an account, our encoders send byte for byte."""

from collections import Counter

import pytest

from simulator.wire.fields import message
from tests.simulator.wire.account_encoders import ENCODERS, NO_RIGHT, OLD_LAYOUT, WHOLE, reason
from tests.simulator.wire.test_recorded import SHARED, recorded

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")


def test_recorded_frames_are_encoded_byte_for_byte_but_for_those_with_a_reason() -> None:
    same, others = Counter[int](), Counter[tuple[int, str]]()
    for name in ("session_sv176.jsonl", "mixed.jsonl"):
        for version, kind, raw in recorded(name):
            if kind not in ENCODERS:
                continue
            fields = raw.split("\0")[1:-1]
            version = version or 176
            why = reason(version, kind, fields)
            if why is None:
                assert ENCODERS[kind](version, fields) == message(version, kind, *fields)
                same[kind] += 1
            else:
                others[kind, why] += 1
    assert same == {
        6: 155,
        8: 13,
        54: 2,
        61: 4,
        62: 2,
        63: 87,
        64: 3,
        71: 3,
        72: 2,
        73: 240,
        74: 4,
        94: 3,
        95: 2,
    }
    assert others == {(61, OLD_LAYOUT): 2, (71, OLD_LAYOUT): 1, (7, NO_RIGHT): 1, (95, WHOLE): 1}
