"""What the benchmarks of the page and of the whole server say of their figures."""

import pytest

from benchmarks import page, report, serving

GOOD: report.Results = {
    "surface": {"cells": [600, 288], "over_floor_ms": 0.0},
    "first paint": {"bars": 20_000, "ms": 310.0},
    "load": {"fps": 58.0, "p99_ms": 24.0, "received_per_second": 5001},
    "heap": {"mb": [4.1, 4.2], "grown_mb": 0.1},
}


def test_every_aim_is_judged_when_all_was_measured() -> None:
    assert [aim["met"] for aim in report.aims(GOOD, page.AIMS)] == [True] * len(page.AIMS)


@pytest.mark.parametrize("bounds", [page.AIMS, serving.AIMS])
def test_a_bound_is_met_by_itself(bounds: list[report.Aim]) -> None:
    results: report.Results = {}
    for part, figure, _, bound in bounds:
        results.setdefault(part, {})[figure] = bound
    assert all(aim["met"] for aim in report.aims(results, bounds))


def test_a_figure_beyond_its_bound_is_not_met_and_one_that_was_not_measured_not_judged() -> None:
    found = report.aims({"load": {"fps": 49.9, "p99_ms": 30.0}}, page.AIMS)
    assert [(aim["aim"], aim["met"]) for aim in found] == [
        ("load: fps >= 50", False),
        ("load: p99_ms <= 30", True),
    ]


def test_the_table_shows_every_figure_and_what_is_not_met() -> None:
    text = report.table({**GOOD, "heap": {"mb": [4.1, 9.1], "grown_mb": 5.0}}, page.AIMS)
    assert "600, 288" in text
    assert "NOT MET heap: grown_mb <= 2: 5" in text
    assert text.count("met    ") == len(page.AIMS) - 1
