"""The report: a page that asks nothing of the net, figures that agree, and JSON that can be read again."""

import re
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from ai.champions import Contestants
from ai.evaluation.split import WalkForward
from ai.pipelines.eval import Evaluation, evaluate_bars
from ai.report.page import as_json, page
from ai.report.svg import Bar, Line, bar_plot, line_plot
from ai.report.terminal import text
from tests.ai.markets import walk

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")
from ai.baselines.linear import Ridge
from ai.baselines.simple import SIMPLE

SPLIT = WalkForward(folds=2, purge=30, embargo=10)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    competing = Contestants({each.name: each for each in SIMPLE}, {"ridge": Ridge})
    return evaluate_bars(walk(2500, seed=3), competing, split=SPLIT)


def test_a_random_walk_has_no_edge_and_the_first_words_say_so(found: Evaluation) -> None:
    assert not found.report.has_edge
    assert found.report.verdict.startswith("close: no edge over persistence (skill ")


def test_the_card_holds_what_it_takes_to_do_it_again(found: Evaluation) -> None:
    card = msgspec.json.decode(as_json(found.report))
    assert card["data_sha256"] == walk(2500, seed=3).sha256
    assert (card["seed"], card["purge"], card["embargo"], card["folds"]) == (0, 30, 10, 2)
    assert (card["bars"], card["stretches"], card["tested"]) == (2500, 1, 1000)
    assert card["trials"] == 2 * 8
    assert card["versions"]["numpy"] == np.__version__
    assert any("survivorship" in each for each in card["not_told"])


def test_every_target_is_scored_on_all_tested_rows(found: Evaluation) -> None:
    assert {each.target for each in found.report.targets} == {
        "gap", "body", "upper", "lower", "volume", "close", "range", "volatility",
    }  # fmt: skip
    assert all(each.rows == 1000 for each in found.report.targets)
    assert [each.target for each in found.report.intervals] == ["close", "range", "volume"]


def test_the_page_asks_nothing_of_the_net_and_its_plots_are_well_formed(found: Evaluation) -> None:
    html = page(found.report, found.tested)
    assert not re.search(r"(src|href)=|https?:|@import|url\(", html)
    plots = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(plots) == 5
    for plot in plots:
        ElementTree.fromstring(plot)
    assert "no edge over persistence" in html


def test_the_terminal_tells_the_same_figures(found: Evaluation) -> None:
    shown = text(found.report)
    assert f"{found.report.of('range').against_persistence.value:+.4f}" in " ".join(shown.split())
    assert "wildest fifth" in " ".join(shown.split())
    assert found.report.verdict[:40] in shown


def test_a_name_cannot_write_into_the_page(found: Evaluation) -> None:
    meta = msgspec.structs.replace(found.report.meta, symbol="<script>")
    assert "<script>" not in page(msgspec.structs.replace(found.report, meta=meta), found.tested)


def test_a_curve_is_interrupted_where_values_are_missing() -> None:
    plot = line_plot("t", [Line("a", np.array([1.0, 2.0, np.nan, 3.0, 4.0]))], 2.0)
    path = re.findall(r'd="(M[^"]*)" fill="none"', plot)[0]
    assert path.count("M") == 2


def test_a_bar_whose_interval_is_above_nothing_stands_out() -> None:
    plot = bar_plot(
        "t", [Bar("sure", 2.0, 1.0, 3.0), Bar("luck", 2.0, -1.0, 5.0), Bar("none", *[np.nan] * 3)]
    )
    assert re.findall(r'fill="(#\w+)"/>', plot) == ["#1f6feb", "#8c959f"]
