"""What is served bar by bar is what whole series give."""

from dataclasses import replace

import numpy as np
import pytest

from ai.baselines.base import Baseline
from ai.baselines.simple import Ewma, Har, SameMinute
from ai.champions import CONTESTS, Outcome, compose
from ai.data import Bars
from ai.errors import UnusableBars
from ai.evaluation.walk import CONTEXT
from ai.features import features
from ai.head import unfold
from ai.outlook import last_row, outlook, path, unfolded
from ai.recurrent import run
from ai.serving import Live, Model
from ai.targets import decode, scales
from tests.ai.made import arrays, card, model
from tests.ai.markets import walk


def columns(bars: object, n: int) -> list[float]:
    return [float(getattr(bars, name)[n]) for name in ("open", "high", "low", "close", "volume")]


def test_a_forecast_is_the_networks_outputs_scaled_back() -> None:
    bars = walk(300, seed=9)
    served = model(bars)
    said = Live(served, carried=False).begin(bars)
    x = served.scaled(features(bars))[-30:]
    mean, quantiles = unfold(run(served.weights, x[None], 29)[0, 0].astype(float))
    mean, scale = mean * served.arrays["y_scale"] + served.arrays["y_mean"], scales(bars)
    bar = decode(mean[None], bars.close[-1:], scale.sigma[-1:], scale.level[-1:], bars.tick)[0]
    assert np.allclose(bar, said[:5], atol=1e-9)
    inner = quantiles[5, 1:-1] * served.arrays["y_scale"][5]
    assert np.allclose(said.closes[1:-1], bars.close[-1] * np.exp(inner * scale.sigma[-1]), rtol=1e-6)


def test_a_carried_state_says_what_its_sequence_says_and_is_renewed() -> None:
    bars = walk(300, seed=9)
    served, carried = model(bars), Live(model(bars))
    carried.begin(bars[:200])
    x = served.scaled(features(bars))
    for n in range(200, 240):
        said = carried.add(int(bars.time[n]), *columns(bars, n))
        since = 170 if n < 219 else 190 if n < 239 else 210
        assert carried.known is not None
        outputs = run(served.weights, x[None, since : n + 1], n - since)[0, 0].tolist()
        margins = [each.margin for each in carried.conformals]
        true = outlook(unfolded(outputs, *served.target_scaler), carried.known, margins)
        assert np.allclose(said.closes, true.closes, rtol=1e-6)


@pytest.mark.parametrize("often", [1, 3, 7])
def test_a_state_prepared_between_bars_says_the_same(often: int) -> None:
    bars = walk(300, seed=9)
    plain, prepared = Live(model(bars)), Live(model(bars))
    assert plain.begin(bars[:200]) == prepared.begin(bars[:200])
    for n in range(200, 260):
        if n % often == 0:
            prepared.prepare()
        time, row = int(bars.time[n]), columns(bars, n)
        assert plain.add(time, *row) == prepared.add(time, *row)


def test_quantiles_and_cone_are_in_order() -> None:
    bars = walk(300, seed=2)
    live = Live(model(bars))
    said = live.begin(bars)
    for quantiles in (said.closes, said.ranges, said.volumes, *live.path()):
        assert list(quantiles) == sorted(quantiles)
    widths = [row[-1] - row[0] for row in live.path()]
    assert widths == sorted(widths)
    assert np.allclose([live.path()[0][0], live.path()[0][-1]], [said.closes[0], said.closes[-1]], rtol=1e-3)


def test_too_few_bars_since_the_last_pause_are_refused() -> None:
    bars = walk(300)
    cut = replace(bars, session=(np.arange(300) >= 280).astype(np.int32))
    with pytest.raises(UnusableBars, match="20 bars follow each other"):
        Live(model(bars)).begin(cut)


def test_an_unlike_bar_is_novel() -> None:
    bars = walk(300)
    live = Live(model(bars))
    live.begin(bars)
    assert live.novelty < live.model.novel_above
    last = bars.close[-1]
    live.add(int(bars.time[-1]), last, last * 1.5, last / 1.5, last, 1e9)
    assert live.novelty > live.model.novel_above


def test_a_cone_widens_with_what_the_model_says() -> None:
    bars = walk(300)
    live = Live(model(bars))
    live.begin(bars)
    assert live.known is not None
    assert live.outlook is not None
    low, high = live.outlook.step
    wide = path(live.known, (2 * low, 2 * high), live.model.cone)
    assert wide[4][-1] > live.path()[4][-1]


MIXED = dict.fromkeys(CONTESTS, "ewma") | {"range": "har", "volume": "same minute", "close": "har"}


def championed(bars: Bars, winners: dict[str, str], *fitted: Baseline) -> Model:
    """A model of which these speak."""
    outcomes = tuple(
        Outcome(target=t, winner=w, baseline=w, challenger=w, probability=1, trials=1, rows=1, losses={})
        for t, w in winners.items()
    )
    learned = {f"{each.name}/{key}": array for each in fitted for key, array in each.arrays.items()}
    return Model(card(bars, outcomes=outcomes), arrays() | learned)


def fitted(bars: Bars) -> list[Baseline]:
    made: list[Baseline] = [Ewma(), Har(), SameMinute()]
    for each in made:
        each.fit(bars[:1500], bars[1500:2000], 0)
    return made


def test_each_champion_speaks_for_its_target_and_the_network_is_not_run() -> None:
    bars = walk(2600, seed=9)
    live = Live(championed(bars, MIXED, *(made := fitted(bars))))
    live.begin(bars[:2500])
    for n in range(2500, 2600):
        said = live.add(int(bars.time[n]), *columns(bars, n))
    seen = bars[len(bars) - CONTEXT :]
    whole = compose({each.name: each.predict(seen) for each in made}, MIXED)
    assert live.known is not None
    true = outlook(last_row(whole), live.known, [each.margin for each in live.conformals])
    np.testing.assert_allclose(np.array(said[:5]), np.array(true[:5]), rtol=1e-9)
    for ours, theirs in zip(said[5:8], true[5:8], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert not live._runner._second.state.any()


def test_without_the_network_two_bars_after_a_pause_are_enough() -> None:
    bars = walk(2600, seed=9)
    cut = replace(bars, session=(np.arange(2600) >= 2598).astype(np.int32))
    assert Live(championed(bars, MIXED, *fitted(bars))).begin(cut).close > 0
    with pytest.raises(UnusableBars, match="2 bars follow each other"):
        Live(championed(bars, MIXED | {"gap": "lstm"}, *fitted(bars))).begin(cut)


def test_a_network_among_others_says_what_it_says_alone() -> None:
    bars = walk(2600, seed=9)
    mixed = Live(championed(bars, MIXED | {"range": "lstm"}, *fitted(bars))).begin(bars)
    assert mixed.ranges == pytest.approx(Live(model(bars)).begin(bars).ranges)
