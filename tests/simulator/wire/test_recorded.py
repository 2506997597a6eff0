"""What a live TWS sent, our encoders send byte for byte; what they do not, has its reason."""

import pytest

from tests.simulator.wire import recorded
from tests.simulator.wire.recorded import SHARED, Verdict
from tests.simulator.wire.recorded_reasons import stale

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return [recorded.judge(frame) for frame in recorded.frames()]


def test_every_frame_of_the_live_session_is_reproduced_byte_for_byte() -> None:
    session = [recorded.judge(frame) for frame in recorded.frames("session_sv176.jsonl")]
    assert len(session) == 498
    assert {each.outcome for each in session} == {"exact"}


def test_every_frame_that_is_not_reproduced_has_its_reason(verdicts: list[Verdict]) -> None:
    assert [each.frame.name for each in verdicts if each.outcome != "exact" and not each.reason] == []


def test_every_reason_is_needed(verdicts: list[Verdict]) -> None:
    assert stale({each.frame.name for each in verdicts if each.outcome == "other"}) == set()


def test_the_table_is_as_written_down(verdicts: list[Verdict]) -> None:
    rows = recorded.table(iter(verdicts))
    assert {kind: _counts(row) for kind, row in rows.items()} == TABLE


def _counts(row: recorded.Row) -> tuple[int, int, int]:
    return row.outcomes["exact"], row.outcomes["alike"], row.outcomes["other"]


def test_a_wrong_value_is_no_spelling() -> None:
    assert recorded.difference(["9", "1", "7"], ["9", "1", "8"]) == ""
    assert recorded.difference(["9", "1", "7", "x"], ["9", "1", "7"]) == ""


# Exact, decoded alike, neither; `python -m tests.simulator.wire.recorded` says why.
TABLE = {
    1: (1, 1, 3), 2: (3, 1, 1), 3: (12, 7, 0), 4: (17, 1, 1), 5: (11, 6, 0), 6: (155, 0, 0),
    7: (0, 0, 1), 8: (13, 0, 0), 9: (5, 0, 0), 10: (1, 7, 4), 11: (1, 7, 0), 12: (4, 4, 1),
    13: (0, 0, 1), 14: (0, 0, 3), 15: (7, 0, 0), 17: (0, 5, 0), 19: (0, 0, 2), 20: (0, 0, 5),
    21: (0, 2, 7), 45: (1, 1, 0), 46: (1, 1, 0), 49: (4, 0, 0), 50: (0, 5, 2), 52: (2, 0, 0),
    53: (2, 0, 0), 54: (2, 0, 0), 55: (2, 0, 0), 57: (2, 0, 0), 59: (1, 4, 0), 61: (4, 0, 2),
    62: (2, 0, 0), 63: (87, 0, 0), 64: (3, 0, 0), 67: (1, 0, 0), 68: (2, 0, 0), 71: (1, 0, 3),
    72: (2, 0, 0), 73: (240, 0, 0), 74: (4, 0, 0), 75: (3, 3, 0), 76: (1, 0, 1), 78: (4, 0, 0),
    79: (3, 0, 1), 80: (1, 0, 0), 83: (0, 0, 2), 84: (0, 0, 5), 85: (1, 0, 0), 86: (0, 0, 3),
    87: (2, 0, 3), 88: (4, 0, 0), 89: (0, 1, 0), 90: (0, 1, 2), 93: (2, 1, 0), 94: (3, 0, 0),
    95: (2, 1, 0), 96: (3, 0, 1), 97: (2, 1, 4), 98: (2, 3, 1), 99: (10, 7, 5), 101: (1, 2, 2),
    102: (2, 0, 1), 104: (0, 0, 6), 105: (0, 0, 12), 106: (4, 0, 0), 176: (1, 0, 0),
}  # fmt: skip
