"""Every baseline: one suite for all, and what is special to each."""

import numpy as np
import pytest

from ai.baselines.base import Baseline
from ai.baselines.simple import SIMPLE, Ewma, Har, Persistence, SameMinute
from ai.baselines.units import CLOSE, DIRECTIONS, RANGE, VOLUME
from ai.data import Bars
from ai.errors import UnusableBars
from ai.evaluation.scores import skill, squared
from ai.forecaster import Forecaster
from ai.meta import Meta
from ai.targets import encode
from market.times import MINUTE
from tests.ai.markets import START, bars_of, walk

pytest.importorskip("sklearn")
from ai.baselines.boosting import Boosting, _grow
from ai.baselines.linear import DLinear, Ridge
from ai.baselines.trees import Trees

EVERY: tuple[type[Baseline], ...] = (*SIMPLE, Ridge, DLinear, Boosting)
BARS = walk(2500, seed=5)
TRAIN, VALIDATION = BARS[:1200], BARS[1200:1700]
LAST = np.array([-1])


def fitted(kind: type[Forecaster], bars: Bars = BARS) -> Forecaster:
    made = kind()
    made.fit(bars[:1200], bars[1200:1700], 0)
    return made


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_nothing_later_changes_a_forecast(kind: type[Forecaster]) -> None:
    made, cut = fitted(kind), 2000
    other = walk(2500, seed=6)
    names = ("open", "high", "low", "close", "volume")
    columns = [np.concatenate([getattr(BARS, n)[:cut], getattr(other, n)[cut:]]) for n in names]
    changed = Bars.from_columns(BARS.meta, BARS.time, columns, tick=BARS.tick)
    one, two = made.predict(BARS), made.predict(changed)
    np.testing.assert_allclose(one.mean[:cut], two.mean[:cut], rtol=1e-12)
    np.testing.assert_allclose(one.quantiles[:cut], two.quantiles[:cut], rtol=1e-12)
    # On a random walk these two have only constants to say.
    assert kind in (SameMinute, Boosting) or not np.allclose(one.quantiles[cut:], two.quantiles[cut:])


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_after_the_first_rows_everything_is_told_and_quantiles_never_cross(kind: type[Forecaster]) -> None:
    said = fitted(kind).predict(BARS)
    assert np.isfinite(said.mean[50:]).all()
    assert (np.diff(said.quantiles[50:], axis=2) >= 0).all()


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_the_same_seed_gives_the_same_and_predicting_changes_nothing(kind: type[Forecaster]) -> None:
    made = fitted(kind)
    first = made.predict(BARS).quantiles
    np.testing.assert_array_equal(first, made.predict(BARS).quantiles)
    np.testing.assert_array_equal(first, fitted(kind).predict(BARS).quantiles)


@pytest.mark.parametrize("volume", [True, False])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_its_arrays_alone_say_the_same_of_the_last_row(kind: type[Baseline], volume: bool) -> None:
    nothing = None if volume else np.full(len(BARS), np.nan)
    bars = BARS if volume else bars_of(np.diff(np.log(BARS.close), prepend=np.log(100.0)), volume=nothing)
    made = kind()
    made.fit(bars[:1200], bars[1200:1700], 0)
    again, true = (
        kind.of_arrays(made.arrays).predict(bars, len(bars) - 1).at(LAST),
        made.predict(bars).at(LAST),
    )
    np.testing.assert_allclose(again.mean, true.mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(again.quantiles, true.quantiles, rtol=1e-9, atol=1e-12)
    assert all(each.dtype.kind in "fi" for each in made.arrays.values())


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_intervals_hold_about_as_often_as_they_say(kind: type[Forecaster]) -> None:
    said, actual = fitted(kind).predict(BARS), encode(BARS)
    for column in (CLOSE, RANGE, VOLUME):
        low, high = said.quantiles[1700:-1, column, 0], said.quantiles[1700:-1, column, -1]
        held = (low <= actual[1701:, column]) & (actual[1701:, column] <= high)
        assert held.mean() == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_bars_without_volume_are_forecast_but_for_their_volume(kind: type[Forecaster]) -> None:
    bars = bars_of(np.diff(np.log(BARS.close), prepend=np.log(100.0)), volume=np.full(len(BARS), np.nan))
    said = fitted(kind, bars).predict(bars)
    assert np.isnan(said.mean[:, VOLUME]).all()
    assert np.isfinite(np.delete(said.mean[50:], VOLUME, axis=1)).all()


@pytest.mark.parametrize("kind", SIMPLE, ids=lambda kind: kind.name)
def test_a_simple_one_never_knows_the_direction(kind: type[Forecaster]) -> None:
    assert (fitted(kind).predict(BARS).mean[50:][:, DIRECTIONS] == 0).all()


def test_persistence_says_the_last_range_and_volume_again() -> None:
    from ai.targets import FLOOR, scales

    said, scale = fitted(Persistence).predict(BARS), scales(BARS)
    row = 900
    volume = np.expm1(said.mean[row, VOLUME] + scale.level[row + 1])
    assert volume == pytest.approx(BARS.volume[row], rel=1e-6)
    length = np.exp(said.mean[row, RANGE]) * scale.sigma[row + 1] - FLOOR * scale.sigma[row]
    assert length == pytest.approx(np.log(BARS.high[row] / BARS.low[row]), rel=1e-6)


def test_har_finds_the_weights_of_a_heterogeneous_autoregression() -> None:
    rng, logs = np.random.default_rng(8), np.full(30_000, 8.0)
    for row in range(22, len(logs)):
        past = 0.3 * logs[row - 1] + 0.3 * logs[row - 5 : row].mean() + 0.3 * logs[row - 22 : row].mean()
        logs[row] = 0.8 + past + 0.3 * rng.standard_normal()
    bars = bars_of(5e-4 * rng.standard_normal(len(logs)), volume=np.expm1(logs))
    har = Har()
    har.fit(bars[:20_000], bars[20_000:], 0)
    assert har._weights[3] == pytest.approx([0.8, 0.3, 0.3, 0.3], abs=0.1)
    last = Persistence()
    last.fit(bars[:20_000], bars[20_000:], 0)
    actual = encode(bars)[25_000:, VOLUME]
    lost = [squared(actual, each.predict(bars).mean[24_999:-1, VOLUME]) for each in (har, last)]
    assert skill(*lost).value > 0.2


def test_the_same_minute_knows_the_days_pattern() -> None:
    rng = np.random.default_rng(3)
    minutes = np.arange(20 * 1440)
    pattern = 8 + 2 * np.cos(2 * np.pi * (minutes % 60) / 60)
    bars = bars_of(5e-4 * rng.standard_normal(len(minutes)), volume=np.exp(pattern))
    lost = []
    for kind in (SameMinute, Ewma):
        made = kind()
        made.fit(bars[: 12 * 1440], bars[12 * 1440 : 16 * 1440], 0)
        said = made.predict(bars).mean[16 * 1440 : -1, VOLUME]
        lost.append(squared(encode(bars)[16 * 1440 + 1 :, VOLUME], said))
    assert skill(*lost).value > 0.85


@pytest.mark.parametrize("kind", [Ridge, DLinear])
def test_a_linear_model_finds_an_autoregression(kind: type[Forecaster]) -> None:
    bars = walk(12_000, seed=2, phi=0.3)
    made = kind()
    made.fit(bars[:7000], bars[7000:9000], 0)
    actual = encode(bars)[9001:, CLOSE]
    found = skill(squared(actual, made.predict(bars).mean[9000:-1, CLOSE]), squared(actual, 0 * actual))
    assert found.low > 0.05


def test_too_few_bars_are_refused() -> None:
    with pytest.raises(UnusableBars, match="too few to see how large errors are"):
        Ewma().fit(BARS[:200], BARS[200:240], 0)


def test_daily_bars_have_no_minute_and_are_forecast() -> None:
    days = 86_400_000_000_000
    columns = [getattr(BARS, n) for n in ("open", "high", "low", "close", "volume")]
    bars = Bars.from_columns(
        Meta(symbol="D", size="1D"), START + (BARS.time - START) // MINUTE * days, columns, tick=BARS.tick
    )
    assert np.isfinite(fitted(SameMinute, bars).predict(bars).mean[50:]).all()


def test_trees_as_arrays_are_those_that_were_grown() -> None:
    rng = np.random.default_rng(1)
    table, later = rng.normal(size=(2000, 6)), rng.normal(size=(500, 6))
    actual, after = (np.exp(each[:, 0] - np.abs(each[:, 3])) for each in (table, later))
    for loss in ("squared_error", "gamma"):
        grown = _grow(table, actual, later, after, 0, loss)
        trees = Trees.of_arrays(grown.arrays("a"), "a")
        assert len(trees.roots) > 10
        np.testing.assert_allclose(trees.predict(later), grown.predict(later), rtol=1e-12)
