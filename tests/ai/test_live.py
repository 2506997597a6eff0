"""Forecasts follow authoritative bars, and begin anew where a bar they stand on has changed."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from ai.data import Bars
from ai.journal import Journal
from ai.live import Predictor
from market.times import MINUTE, SECOND
from tests.ai.made import model
from tests.ai.markets import walk


def now(bars: Bars) -> int:
    return int(bars.time[-1]) + MINUTE + 6 * SECOND


def test_each_new_bar_makes_one_forecast_of_the_next() -> None:
    bars, predictor = walk(300), Predictor(model())
    first = predictor.update(bars[:200], now(bars[:200]))
    assert first is not None
    assert first.time == bars.time[200]
    assert predictor.update(bars[:200], now(bars)) is None
    second = predictor.update(bars[1:201], now(bars[:201]))
    assert second is not None
    assert second.time == bars.time[201]
    assert predictor.report.endswith("6.0 s after the bell")


def test_carried_on_it_says_what_a_new_start_says() -> None:
    bars, carried, anew = walk(300), Predictor(model()), Predictor(model())
    for n in range(200, 215):
        said = carried.update(bars[:n], now(bars[:n]))
    fresh = anew.update(bars[:214], now(bars))
    assert said is not None
    assert fresh is not None
    assert np.isclose(said.close, fresh.close, rtol=1e-3)


def test_a_revised_bar_begins_the_state_anew() -> None:
    bars = walk(300)
    close = bars.close.copy()
    close[198] = (bars.low[198] + close[198]) / 2
    revised = replace(bars, close=close)
    one, other = Predictor(model()), Predictor(model())
    one.update(bars[:200], now(bars))
    said, fresh = one.update(revised[:200], now(bars)), other.update(revised[:200], now(bars))
    assert said == fresh
    assert one.coverage.count == 0


def test_after_a_pause_it_waits_for_enough_bars() -> None:
    bars = walk(300)
    cut = replace(bars, session=(np.arange(300) >= 200).astype(np.int32))
    predictor = Predictor(model())
    assert predictor.update(cut[:200], now(bars)) is not None
    assert predictor.update(cut[:210], now(bars)) is None
    assert "a forecast needs 30" in predictor.report
    assert predictor.update(cut[:231], now(bars)) is not None


def test_forecasts_are_kept_beside_what_came(tmp_path: Path) -> None:
    bars, predictor = walk(300), Predictor(model(), Journal(tmp_path, "SEED", "1m"))
    for n in range(200, 203):
        predictor.update(bars[:n], now(bars[:n]))
    lines = [
        msgspec.json.decode(line)
        for line in (tmp_path / "predictions/SEED-1m.jsonl").read_bytes().splitlines()
    ]
    assert [next(iter(line)) for line in lines] == ["forecast", "came", "forecast", "came", "forecast"]
    assert lines[1]["came"]["close"] == bars.close[200]
    assert sum(line["came"]["inside"] for line in lines[1::2]) == predictor.coverage.held


def test_a_market_three_times_as_wild_is_flagged() -> None:
    calm, wild = walk(300), walk(300, sigma=15e-4)
    for bars, drifts in ((calm, False), (wild, True)):
        predictor = Predictor(model())
        for n in range(200, 261):
            said = predictor.update(bars[:n], now(bars[:n]))
        assert said is not None
        assert ("drift" in said.flags) is drifts
        assert ("not what the model learned from" in predictor.report) is drifts


def test_after_a_restart_the_coverage_of_the_same_model_goes_on(tmp_path: Path) -> None:
    bars, journal = walk(300), Journal(tmp_path, "SEED", "1m")
    predictor = Predictor(model(), journal)
    for n in range(200, 230):
        said = predictor.update(bars[:n], now(bars[:n]))
    assert said is not None
    assert (said.inside, said.compared) == (predictor.coverage.held, 29)
    again = Predictor(model(), journal)
    assert (again.coverage.held, again.coverage.count) == (predictor.coverage.held, 29)
    other = model()
    other.card = msgspec.structs.replace(other.card, version="v2")
    assert Predictor(other, journal).coverage.count == 0


def test_the_forecast_at_a_close_is_of_the_next_session_and_says_so() -> None:
    bars, served = walk(300), model()
    close, opening = int(bars.time[249]) + MINUTE, int(bars.time[249]) + 60 * MINUTE
    served.arrays["sessions"] = np.array([[bars.time[0], opening], [close, opening + 60 * MINUTE], [0, 0]])
    before, after = (Predictor(served).update(bars[:n], now(bars[:n])) for n in (249, 250))
    assert before is not None
    assert after is not None
    assert (before.time, before.flags) == (bars.time[249], ())
    assert (after.time, after.last, after.flags) == (opening, bars.time[249], ("over a pause",))
