"""The page's rules for bars and its indicators, without any server behind them."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RUN = """async it => {
  const { Bars } = await import('/assets/js/bars.js');
  const bars = new Bars();
  const rest = {open: 1, high: 9, low: 0, volume: 1};
  const told = it.map(([how, time, close, final]) => bars[how]({...rest, time, close, final}));
  return [bars.list.map(b => [b.time, b.close, b.final]), bars.revised, told];
}"""
STUDY = """async it => {
  const all = await import('/assets/js/indicators.js');
  const study = new all[it.name](...it.arguments);
  study.update(it.bars.slice(0, it.cut), 0);
  if (it.cut) it.bars[it.cut - 1].close = it.closes[it.cut - 1];
  study.update(it.bars, Math.max(0, it.cut - 1));
  return study.lines;
}"""


@pytest.fixture(scope="module")
def module_page(web: Any, chromium: Any) -> Any:
    page = chromium.new_page()
    page.goto(web.url + "/assets/NOTICE.txt")
    yield page
    page.close()


def run(page: Any, *bars: tuple[str, int, float, bool]) -> Any:
    return page.evaluate(RUN, bars)


def test_a_final_bar_replaces_a_provisional_one_and_never_the_other_way_round(module_page: Any) -> None:
    found, revised, _ = run(
        module_page, ("take", 60, 1, False), ("take", 60, 2, True), ("take", 60, 3, False)
    )
    assert (found, revised) == ([[60, 2, True]], 0)


def test_a_final_bar_that_comes_with_other_values_is_a_revision_and_a_duplicate_is_none(
    module_page: Any,
) -> None:
    bars = [("take", 60, 1, True), ("take", 60, 1, True), ("take", 60, 2, True)]
    found, revised, told = run(module_page, *bars)
    assert (found, revised, told) == ([[60, 2, True]], 1, [False, False, True])


def test_a_late_bar_takes_its_place_in_time(module_page: Any) -> None:
    found, _, _ = run(module_page, ("take", 60, 1, True), ("take", 180, 3, True), ("take", 120, 2, True))
    assert [time for time, _, _ in found] == [60, 120, 180]


def test_a_snapshot_does_not_undo_what_the_stream_has_told(module_page: Any) -> None:
    found, _, _ = run(module_page, ("take", 60, 5, False), ("fill", 60, 1, False), ("fill", 120, 2, False))
    assert found == [[60, 5, False], [120, 2, False]]
    assert run(module_page, ("take", 60, 5, False), ("fill", 60, 1, True))[0] == [[60, 1, True]]


deeds = st.tuples(
    st.sampled_from(["take", "fill"]),
    st.integers(1, 6).map(lambda n: n * 60),
    st.integers(1, 4),
    st.booleans(),
)


@given(bars=st.lists(deeds, max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_whatever_order_bars_come_each_time_has_one_and_the_last_final_holds(
    module_page: Any, bars: list[tuple[str, int, float, bool]]
) -> None:
    found, _, _ = run(module_page, *bars)
    finals = {time: close for _, time, close, final in bars if final}
    assert [time for time, _, _ in found] == sorted({time for _, time, _, _ in bars})
    assert {time: close for time, close, final in found if final} == finals


@pytest.mark.parametrize("cut", [0, 1, 40, 99])
@pytest.mark.parametrize("name", ["Sma", "Ema", "Bollinger", "Rsi", "Vwap"])
def test_indicators_are_those_of_pandas_also_bar_by_bar(module_page: Any, name: str, cut: int) -> None:
    closes = 100 + np.cumsum(np.random.default_rng(7).normal(size=100))
    frame = pd.DataFrame(
        {"high": closes + 1, "low": closes - 1.5, "close": closes, "volume": np.arange(100) + 1.0}
    )
    bars = [{"time": n * 60, **row} for n, row in enumerate(frame.to_dict("records"))]
    given_first = [dict(each) for each in bars]
    if cut:
        given_first[cut - 1]["close"] += 3
    arguments: list[object] = [] if name == "Vwap" else [10]
    script = STUDY.replace("...it.arguments", "() => 1") if name == "Vwap" else STUDY
    asked = {"name": name, "arguments": arguments, "bars": given_first, "cut": cut, "closes": closes.tolist()}
    lines = module_page.evaluate(script, json.loads(json.dumps(asked)))
    for line, expected in reference(name, frame).items():
        mine = np.array([np.nan if each is None else each for each in lines[line]], float)
        np.testing.assert_allclose(mine, expected, rtol=1e-9)


def reference(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    close, n = frame["close"], 10
    mean = close.rolling(n).mean()
    if name == "Sma":
        return {"sma": mean}
    if name == "Ema":
        seeded = pd.concat([pd.Series([np.nan] * (n - 1) + [mean[n - 1]]), close[n:]], ignore_index=True)
        return {"ema": seeded.ewm(span=n, adjust=False).mean().where(seeded.index >= n - 1)}
    if name == "Bollinger":
        reach = 2 * close.rolling(n).std(ddof=0)
        return {"upper": mean + reach, "middle": mean, "lower": mean - reach}
    if name == "Vwap":
        typical = (frame["high"] + frame["low"] + close) / 3
        return {"vwap": (typical * frame["volume"]).cumsum() / frame["volume"].cumsum()}
    gain, loss = _wilder(close.diff().clip(lower=0), n), _wilder(-close.diff().clip(upper=0), n)
    return {"rsi": 100 * gain / (gain + loss)}


def _wilder(changes: "pd.Series[float]", n: int) -> "pd.Series[float]":
    first = changes[1 : n + 1].mean()
    seeded = pd.concat([pd.Series([np.nan] * n + [first]), changes[n + 1 :]], ignore_index=True)
    return seeded.ewm(alpha=1 / n, adjust=False).mean()
