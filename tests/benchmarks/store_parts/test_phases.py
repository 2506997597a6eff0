import pytest

from benchmarks.store_parts import data, phases
from benchmarks.store_parts.phases import Plan, WrongAnswer


def test_equal_answers_in_any_order_of_stores_pass() -> None:
    phases._agree("rows", {"a": (3, 7), "b": (3, 7)})
    phases._agree("nobody answered", {})


def test_an_answer_that_differs_ends_the_benchmark() -> None:
    with pytest.raises(WrongAnswer, match=r"last bars.*'b': \(3, 8\)"):
        phases._agree("last bars", {"a": (3, 7), "b": (3, 8)})


def test_every_store_comes_first_in_turn() -> None:
    assert [phases._rotated("abc", n)[0] for n in range(4)] == ["a", "b", "c", "a"]


def test_every_run_asks_the_same() -> None:
    def asked() -> list[tuple[str, str, list[int]]]:
        market = data.Market(3_000_000)
        plan = Plan(market, None, 1, 4, 3, 1, 1, 1, 1, print)  # type: ignore[arg-type]  # no folder is used
        return list(phases.questions(plan))

    assert asked() == asked()
    assert {name for name, _, _ in asked()} >= {"trades, a day", "recent minute", "old minute"}
