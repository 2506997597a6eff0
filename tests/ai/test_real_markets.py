"""Real markets: what can be learned is learned, what cannot is said plainly, and intervals hold."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from ai.data import Bars
from ai.evaluation.scorecard import Report
from ai.evaluation.split import WalkForward
from ai.leaks import clean, self_test
from ai.meta import Meta
from ai.pipelines.eval import evaluate_bars
from ai.probes import audit

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")
pytestmark = pytest.mark.long
DAILY = WalkForward(folds=5, test_share=0.5, validation_share=0.4, purge=60, embargo=0)
SHARED = Path(__file__).parents[3] / "shared" / "data"


def daily(name: str) -> Bars:
    """Bars that ship with `arch`: 1999 to 2018, some with a high below the close by a rounding."""
    frame = importlib.import_module(f"arch.data.{name}").load()
    prices = [frame[column].to_numpy(np.float64) for column in ("Open", "High", "Low", "Close")]
    prices[1], prices[2] = np.maximum.reduce(prices), np.minimum.reduce(prices)
    time = frame.index.as_unit("ns").asi8
    volume = frame["Volume"].to_numpy(np.float64)
    return Bars.from_columns(Meta(symbol=name, size="1D"), time, [*prices, volume])


@pytest.fixture(scope="module", params=["sp500", "nasdaq"])
def report(request: pytest.FixtureRequest) -> Report:
    pytest.importorskip("arch")
    return evaluate_bars(daily(request.param), split=DAILY).report


@pytest.mark.parametrize("target", ["range", "volatility", "volume"])
def test_never_worse_than_the_best_simple_one(report: Report, target: str) -> None:
    against = report.of(target).against_simple
    assert against.value >= -0.01
    assert against.low < against.value < against.high or against.low == against.high == 0


@pytest.mark.parametrize(("target", "least"), [("range", 0.3), ("volume", 0.15), ("volatility", 0.3)])
def test_far_better_than_the_last_value(report: Report, target: str, least: float) -> None:
    assert report.of(target).against_persistence.value > least


def test_the_close_has_no_edge_and_that_is_said(report: Report) -> None:
    assert not report.has_edge
    assert report.verdict.startswith("close: no edge over persistence")
    assert not report.edge.pays


def test_intervals_hold_also_where_it_is_wild(report: Report) -> None:
    close = next(each for each in report.intervals if each.target == "close").coverage
    assert 0.89 <= close.share.value <= 0.91
    assert close.wild.value >= 0.88
    assert close.kupiec > 0.05


@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
def test_every_leak_is_caught_and_nothing_clean_accused(name: str) -> None:
    pytest.importorskip("arch")
    bars = daily(name)
    assert audit(clean, bars) == []
    found = self_test(bars)
    assert all(found.values()), [leak for leak, findings in found.items() if not findings]


@pytest.mark.parametrize("name", ["AAPL_1min.csv", "TSLA_5min.csv", "6EH4_1min_202401.csv.gz"])
def test_the_same_of_recorded_intraday_bars(name: str) -> None:
    pandas = pytest.importorskip("pandas")
    if not (SHARED / name).exists():
        pytest.skip("the recorded bars are not here")
    frame = pandas.read_csv(SHARED / name)
    stamp = "date" if "date" in frame else "timestamp_utc"
    frame.index = pandas.to_datetime(frame[stamp], utc=True)
    size = "5m" if "5min" in name else "1m"
    bars = Bars.from_frame(frame, size=size, symbol=name[:4], tick=0.00005 if name[0] == "6" else 0.01)
    found = evaluate_bars(bars[-12_000:], split=WalkForward(folds=2, purge=60, embargo=0)).report
    assert not found.has_edge
    assert not found.edge.pays
    assert found.of("range").against_persistence.low > 0
    for each in found.intervals:
        assert each.coverage.share.value == pytest.approx(0.9, abs=0.015)
        assert each.coverage.kupiec > 0.05
    if len(bars) > 10_000:
        # Days of a share tell nothing of who is best; weeks of a future do.
        against = [found.of(target).against_simple.value for target in ("range", "volatility", "volume")]
        assert min(against) >= -0.01
