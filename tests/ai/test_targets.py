"""Targets know nothing of their own row beyond it, and any numbers give a bar that can exist."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ai.targets import NAMES, decode, encode, scales
from tests.ai.markets import walk


def test_what_was_encoded_is_decoded() -> None:
    bars = walk(500)
    scale, raw = scales(bars), encode(bars)
    known = ~np.isnan(raw[:, 0])
    last = np.roll(bars.close, 1)[known]
    found = decode(raw[known], last, scale.sigma[:-1][known], scale.level[:-1][known], bars.tick)
    real = np.stack([bars.open, bars.high, bars.low, bars.close, bars.volume], axis=1)[known]
    assert np.abs(found - real)[:, :4].max() <= bars.tick
    assert np.allclose(found[:, 4], real[:, 4], atol=0.5)


def test_the_scale_of_a_row_does_not_change_with_the_row() -> None:
    bars = walk(400)
    for row in (100, 399):
        assert scales(bars[:row]).sigma[row] == scales(bars).sigma[row]
        assert np.array_equal(encode(bars[:row]), encode(bars)[:row], equal_nan=True)


def test_an_idle_bar_has_no_volume_target_and_leaves_the_level() -> None:
    bars = walk(200)
    bars.volume[150] = 0
    raw, level = encode(bars), scales(bars).level
    assert np.isnan(raw[150, NAMES.index("volume")])
    assert np.isfinite(raw[150, :4]).all()
    assert np.isclose(level[151], level[150])


def valid(bars: np.ndarray, tick: float) -> bool:
    opens, highs, lows, closes, volumes = np.moveaxis(bars, -1, 0)
    enclosed = (highs >= np.maximum(opens, closes)).all() and (lows <= np.minimum(opens, closes)).all()
    on_ticks = np.abs(bars[..., :4] / tick - np.rint(bars[..., :4] / tick)).max() < 1e-4
    return bool(
        enclosed and on_ticks and (lows > 0).all() and (volumes >= 0).all() and np.isfinite(bars).all()
    )


def test_a_million_random_outputs_are_a_million_valid_bars() -> None:
    random = np.random.default_rng(3)
    raw = random.standard_t(2, (1_000_000, 7)) * 5
    last, sigma = np.exp(random.uniform(-3, 9, 1_000_000)), 10 ** random.uniform(-6, 0, 1_000_000)
    assert valid(decode(raw, last, sigma, random.uniform(0, 25, 1_000_000), 0.01), 0.01)


@given(
    raw=st.lists(st.floats(allow_nan=False), min_size=5, max_size=5),
    last=st.floats(0.01, 1e5),
    sigma=st.floats(1e-7, 1),
    tick=st.sampled_from([0.01, 0.005, 0.25, 1e-5]),
)
def test_any_numbers_infinite_ones_too_give_a_valid_bar(
    raw: list[float], last: float, sigma: float, tick: float
) -> None:
    bar = decode(np.array([raw]), np.array([last]), np.array([sigma]), np.array([5.0]), tick)
    assert valid(bar, tick)


@given(st.integers(0, 2**31))
def test_high_and_low_are_rounded_outward(seed: int) -> None:
    raw = np.random.default_rng(seed).normal(size=(1, 5))
    args = (np.array([100.0]), np.array([0.01]), np.array([8.0]))
    coarse, fine = decode(raw, *args, 0.25)[0], decode(raw, *args, 1e-6)[0]
    assert coarse[1] >= fine[1] - 1e-6
    assert coarse[2] <= fine[2] + 1e-6
