from collections.abc import Sequence

import pytest

from cli.certification.comparison import differences
from cli.certification.shape import shapes
from cli.certification.tape import Line
from cli.certification.transcript import Transcript

DETAILS = [("17", "7", "1", "20260102", "1", "2", "0.5", "1.5", "100", "1.4", "9"), ("108", "7", "a", "b")]


def found(yours: Sequence[tuple[str, ...]], ours: Sequence[tuple[str, ...]]) -> list[tuple[str, bool]]:
    sides = [
        Transcript(200, "paper", tuple(Line(0.0, False, "it", fields) for fields in side))
        for side in (yours, ours)
    ]
    return [(each.text, each.certain) for each in differences(*map(shapes, sides))]


def test_other_values_and_other_numbers_of_rows_are_no_difference() -> None:
    row = DETAILS[0][3:]
    assert found(DETAILS, [("17", "7", "2", *row, *row), DETAILS[1]]) == []


@pytest.mark.parametrize(
    ("yours", "text"),
    [
        (DETAILS[:1], "bars end: never came, simulated 1 times"),
        (DETAILS[::-1], "the order is bars end > bars; simulated bars > bars end"),
        ([*DETAILS, DETAILS[1]], "bars end: came 2 times, simulated 1 times"),
        ([DETAILS[0], (*DETAILS[1], "c")], "bars end: extra 1 is text, simulated not there"),
        ([DETAILS[0], DETAILS[1][:-1]], "bars end: end is not there, simulated text"),
        ([DETAILS[0], ("108", "7", "", "b")], "bars end: start is empty, simulated text"),
        ([*DETAILS, ("4", "7", "2174", "warning", "", "1")], "error 2174: came 1 times, simulated never"),
        ([*DETAILS, ("205", "<text>")], "message 205: came 1 times, simulated never"),
    ],
)
def test_a_difference_in_kind_is_named(yours: Sequence[tuple[str, ...]], text: str) -> None:
    assert (text, True) in found(yours, DETAILS)


def test_a_question_that_one_side_never_answered_is_named() -> None:
    assert found([], DETAILS)[0] == ("bars: never came, simulated 1 times", True)


def test_a_tick_that_only_one_market_had_is_a_note() -> None:
    tick = ("45", "6", "7", "49", "0")
    assert found([tick], []) == [("number tick 49: came 1 times, simulated never", False)]


def test_a_field_of_ticks_must_differ_in_many_of_them() -> None:
    plain, marked = (("99", "7", "1", "5", "1.5", "100", "0", "NYSE", text) for text in ("", "F"))
    text = "tick-by-tick 1: conditions is text, simulated empty"
    assert found([marked] * 3, [plain] * 50) == [(text, False)]
    assert found([marked] * 20, [plain] * 20) == [(text, True)]
