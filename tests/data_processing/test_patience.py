import pytest

from data_processing.patience import FIRST_WAIT, LONGEST_WAIT, REFUSALS, Patience
from market.errors import BadRequest, ConnectionFailed, NoPermission, PacingRefused, RequestTimedOut

REFUSED = NoPermission("no")


def test_each_failure_waits_longer_up_to_a_limit() -> None:
    patience, waits = Patience(), list[int]()
    for _ in range(7):
        patience.failed("hole", PacingRefused("slower"), now=0)
        waits.append(patience.due("hole"))
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


@pytest.mark.parametrize("error", [ConnectionFailed("cut"), RequestTimedOut("late"), PacingRefused("slower")])
def test_what_passes_is_never_given_up(error: Exception) -> None:
    patience = Patience()
    assert not any(patience.failed("hole", error, now=0) for _ in range(100))


@pytest.mark.parametrize("error", [REFUSED, BadRequest("too old")])
def test_a_refusal_that_stays_is_believed(error: Exception) -> None:
    patience = Patience()
    assert [patience.failed("hole", error, now=0) for _ in range(REFUSALS)] == [False] * (REFUSALS - 1) + [
        True
    ]


def test_going_on_forgets_what_was_before() -> None:
    patience = Patience()
    patience.failed("hole", REFUSED, now=0)
    patience.succeeded("hole")
    assert patience.due("hole") == 0


def test_hurry_is_for_what_failed_and_not_for_what_has_nothing_to_ask_yet() -> None:
    patience = Patience()
    patience.failed("failed", REFUSED, now=0)
    patience.not_before("early", 5)
    patience.hurry()
    assert (patience.due("failed"), patience.due("early")) == (0, 5)
