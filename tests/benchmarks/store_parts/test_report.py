from typing import Any

import pytest

from benchmarks.store_parts import report


def figures(ours: float, theirs: float) -> dict[str, dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = {"truetick": {}, "duckdb": {}}
    for side, value in (("truetick", ours), ("duckdb", theirs)):
        kinds[side] = {"ticks": [value / 2, value], "last 500 bars": {"p50": value, "p99": 1.0, "n": 1}}
    return kinds


def found(ours: float, theirs: float, figure: str) -> dict[str, Any]:
    return next(each for each in report.aims(figures(ours, theirs)) if each["figure"] == figure)


@pytest.mark.parametrize(("ours", "met"), [(149.0, False), (150.0, True)])
def test_a_rate_has_to_be_so_many_times_theirs_best_run_against_best(ours: float, met: bool) -> None:
    aim = found(ours, 100.0, "ticks")
    assert (aim["ratio"], aim["met"]) == (ours / 100, met)


@pytest.mark.parametrize(("ours", "met"), [(0.9, True), (1.1, False)])
def test_a_time_may_be_so_much_of_theirs_at_most(ours: float, met: bool) -> None:
    assert found(ours, 10.0, "last 500 bars")["met"] is met


def test_what_one_side_did_not_measure_is_no_aim() -> None:
    assert {aim["peer"] for aim in report.aims(figures(1, 1))} == {"duckdb"}
    assert report.aims({"duckdb": {"ticks": [1.0]}}) == []


def test_the_table_says_what_was_missed_and_why_a_store_has_no_figure() -> None:
    stores = figures(1, 100)
    stores["duckdb"]["live"] = {"refused": "its file is locked"}
    text = report.table({"stores": stores, "aims": report.aims(stores)})
    assert "MISSED" in text
    assert "duckdb cannot be read while written: its file is locked" in text
