"""The guard: each leak is caught, and what is clean passes."""

from pathlib import Path

import numpy as np
import pytest

from ai.data import Bars
from ai.leaks import CORRUPTIONS, LEAKS, Leak, clean, self_test
from ai.meta import COLUMNS, Meta
from ai.probes import audit
from market.times import MINUTE
from tests.ai.markets import walk

pytest.importorskip("statsmodels")
pytest.importorskip("scipy")
SESSION = 390


def in_sessions(bars: Bars) -> Bars:
    """The same rows in days of 390 minutes, with a jump overnight."""
    rows = np.arange(len(bars))
    day = rows // SESSION
    jump = np.cumprod(np.exp(np.random.default_rng(9).normal(0, 0.01, day[-1] + 1)))[day]
    time = bars.time[0] + day * 86_400_000_000_000 + rows % SESSION * MINUTE
    columns = [getattr(bars, name) * (1 if name == "volume" else jump) for name in COLUMNS]
    return Bars.from_columns(bars.meta, time, columns, tick=bars.tick)


DAYS = in_sessions(walk(20 * SESSION, seed=1))


@pytest.mark.parametrize("leak", [*LEAKS, *CORRUPTIONS], ids=lambda leak: leak.name)
def test_the_guard_catches(leak: Leak) -> None:
    assert leak.caught(DAYS)


@pytest.mark.parametrize("seed", range(5))
def test_no_false_alarm_on_a_clean_pipeline(seed: int) -> None:
    assert audit(clean, in_sessions(walk(20 * SESSION, seed=seed)), seed) == []
    assert audit(clean, walk(3000, seed=seed, phi=0.2), seed) == []


def test_there_are_ten_and_all_are_caught_around_the_clock_too() -> None:
    found = self_test(walk(6000, seed=4))
    assert len(LEAKS) == 10
    assert all(found.values()), [name for name, findings in found.items() if not findings]


@pytest.mark.parametrize("leak", [each for each in LEAKS if each.pipeline], ids=lambda leak: leak.name)
def test_a_leak_is_named_with_a_row_or_with_the_skill_it_claims(leak: Leak) -> None:
    texts = " ".join(each.text for each in leak.caught(DAYS))
    assert "row" in texts or "skill" in texts


def test_skill_that_is_real_is_no_leak() -> None:
    run = clean(walk(20_000, seed=3, phi=0.3))
    assert 1 - run.loss.mean() / run.baseline.mean() == pytest.approx(0.09, abs=0.02)
    assert audit(clean, walk(20_000, seed=3, phi=0.3)) == []


@pytest.mark.parametrize("name", ["AAPL_1min.csv", "TSLA_5min.csv"])
def test_all_are_caught_on_bars_of_a_real_market(name: str) -> None:
    pandas = pytest.importorskip("pandas")
    path = Path(__file__).parents[3] / "shared" / "data" / name
    if not path.exists():
        pytest.skip("the recorded bars are not here")
    frame = pandas.read_csv(path, parse_dates=["date"], index_col="date")
    bars = Bars.from_frame(frame, size=name.split("_")[1][:2], symbol=name[:4])
    assert audit(clean, bars) == []
    found = self_test(bars)
    assert all(found.values()), [name for name, findings in found.items() if not findings]


def test_all_are_caught_in_daily_bars() -> None:
    days = 86_400_000_000_000
    rows = np.arange(3000)
    made = walk(3000, seed=7, sigma=1e-2)
    time = made.time[0] // days * days + (rows // 5 * 7 + rows % 5) * days
    columns = [getattr(made, name) for name in COLUMNS]
    bars = Bars.from_columns(Meta(symbol="D", size="1D"), time, columns, tick=made.tick)
    assert audit(clean, bars) == []
    found = self_test(bars)
    assert all(found.values()), [name for name, findings in found.items() if not findings]
