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
TABLE = {}
