from collections import Counter

from benchmarks.storm_parts.rows import Fact, Hole, Verdict, by_seconds, exactly
from market.times import SECOND


def fact(second: float, value: object = 1.0, *, servable: bool = True, optional: bool = False) -> Fact:
    return Fact(int(second * SECOND), str(value), servable, optional)


def compare(truth: list[Fact], stored: list[Fact], holes: list[Hole] | None = None) -> Verdict:
    return exactly(truth, stored, holes or [], SECOND)


def test_what_is_stored_as_it_was_is_only_compared() -> None:
    rows = [fact(1), fact(1), fact(1.5, 2)]
    verdict = compare(rows, [fact(1, 2), fact(1), fact(1)])
    assert verdict == Verdict(compared=3)


def test_a_servable_row_that_is_nowhere_is_absent() -> None:
    assert compare([fact(1), fact(2)], [fact(1)]).absent == 1


def test_identical_rows_of_a_second_are_counted_not_merged() -> None:
    assert compare([fact(1), fact(1)], [fact(1)]).absent == 1
    assert compare([fact(1)], [fact(1), fact(1)]).twice == 1


def test_a_row_with_another_value_differs_and_is_not_lost_as_well() -> None:
    verdict = compare([fact(1, 10)], [fact(1, 11)])
    assert (verdict.differing, verdict.absent, verdict.twice) == (1, 0, 0)


def test_a_gap_over_a_servable_row_is_named_and_one_over_a_lost_row_explains_it() -> None:
    hole = Hole(0, 3 * SECOND, "nobody has it")
    verdict = compare([fact(1), fact(2, servable=False), fact(4, servable=False)], [], [hole])
    assert (verdict.over, verdict.unexplained, verdict.absent) == (1, 1, 0)
    assert verdict.explained == Counter({"nobody has it": 1})


def test_a_repeated_quote_may_be_there_once_or_not() -> None:
    truth = [fact(1), fact(2, optional=True)]
    assert compare(truth, [fact(1)]) == compare(truth, [fact(1), fact(2)]) == Verdict(compared=1)
    assert compare(truth, [fact(1), fact(2), fact(2)]).twice == 1


def test_where_history_differs_a_second_counts_as_there_once_or_twice() -> None:
    truth = [fact(1), fact(1, 2), fact(2), fact(3)]
    verdict = by_seconds(truth, [fact(1), fact(2), fact(2)], [])
    assert (verdict.compared, verdict.differing, verdict.twice, verdict.absent) == (3, 1, 1, 1)


def test_a_second_is_lost_only_if_one_of_its_rows_could_be_had() -> None:
    hole = Hole(0, 2 * SECOND, "only live")
    truth = [fact(1, servable=False), fact(5, servable=False), fact(5)]
    verdict = by_seconds(truth, [], [hole])
    assert (verdict.absent, verdict.explained["only live"]) == (1, 1)


def test_verdicts_add_up() -> None:
    whole = Verdict()
    whole += compare([fact(1)], [])
    whole += compare([fact(1), fact(2)], [fact(1)])
    assert (whole.compared, whole.absent, len(whole.examples)) == (3, 2, 2)
