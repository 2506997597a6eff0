"""What is forecast of a bar, as numbers without bounds, and back to a bar that can exist.

With C' the close before, s the volatility known before the bar, and lengths as logarithms of ratios:

======  =====================================  =====================================================
gap     log(open / C') / s                     0 is persistence
body    log(close / open) / s                  0 is persistence
upper   log(log(high / max(o, c)) / s + e)     any number is a wick of at least 0
lower   log(log(min(o, c) / low) / s + e)
volume  log(1 + volume) - its recent level     missing where nothing was traded
close   gap + body                             told beside the five, since quantiles do not add
range   log(log(high / low) / s + e)
======  =====================================  =====================================================

Coordinates after Huang, Wang, Wang: a bar is decoded from any five numbers (arXiv 2104.00581). What scales
row t was known before it: s is the root of an average of squared returns whose weights fall by `DECAY` a bar,
the level such an average of log(1 + volume). The first row of a stretch, and the rows before enough was seen,
have no targets (NaN).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ai.data import Bars
from ai.meta import Floats

NAMES = ("gap", "body", "upper", "lower", "volume", "close", "range")
DECAY = 0.97
WARM = 30
"""Returns that are seen before anything is scaled by them."""
FLOOR = 0.1
"""The `e` above: a bar without wick is log(e), not minus infinity."""
LARGEST = 0.7
"""No bar is decoded to more than a doubling or halving at each step, whatever the numbers say."""
QUIET = 0.25
"""Volatility is at least so many ticks."""
_BLOCK = 512


@dataclass(frozen=True)
class Scales:
    """Entry t scales row t and was known before it; the last is for the bar to come."""

    sigma: Floats
    level: Floats


def scales(bars: Bars) -> Scales:
    """The N + 1 scales of N bars; NaN while too little was seen."""
    returns = np.full(len(bars), np.nan)
    returns[1:] = np.log(bars.close[1:] / bars.close[:-1])
    returns[bars.first] = np.nan
    seen = np.cumsum(np.isfinite(returns))
    floor = QUIET * bars.tick / bars.close
    sigma = np.where(seen >= WARM, np.maximum(np.sqrt(average(returns**2)), floor), np.nan)
    volume = np.where(bars.idle, np.nan, np.log1p(np.maximum(bars.volume, 0)))
    return Scales(np.concatenate([[np.nan], sigma]), np.concatenate([[np.nan], average(volume)]))


def encode(bars: Bars, scale: Scales | None = None) -> Floats:
    """The targets of N bars, (N, 7) in the order of `NAMES`."""
    found = np.empty((len(bars), len(NAMES)))
    for place, column in enumerate(columns(bars, scale)):
        found[:, place] = column
    return found


def columns(bars: Bars, scale: Scales | None = None) -> Iterator[Floats]:
    """As `encode`, one after the other: of millions of bars no more is in memory than is looked at."""
    scale = scale or scales(bars)
    sigma, level = scale.sigma[:-1], scale.level[:-1]
    before = np.concatenate([[np.nan], bars.close[:-1]])[: len(bars)]
    before[bars.first] = np.nan
    gap = np.log(bars.open / before) / sigma
    body = np.where(np.isnan(gap), np.nan, np.log(bars.close / bars.open) / sigma)
    yield gap
    yield body
    for above, below in (
        (bars.high, np.maximum(bars.open, bars.close)),
        (np.minimum(bars.open, bars.close), bars.low),
    ):
        yield _logarithm(above, below, gap, sigma)
    volume = np.log1p(np.maximum(bars.volume, 0)) - level
    yield np.where(bars.idle | np.isnan(gap), np.nan, volume)
    yield gap + body
    yield _logarithm(bars.high, bars.low, gap, sigma)


def _logarithm(above: Floats, below: Floats, gap: Floats, sigma: Floats) -> Floats:
    """Of a length from `below` to `above`, in units of the volatility; NaN where the gap is."""
    length = np.maximum(np.log(above / below), 0)
    return np.where(np.isnan(gap), np.nan, np.log(length / sigma + FLOOR))


def decode(raw: Floats, last_close: Floats, sigma: Floats, level: Floats, tick: float) -> Floats:
    """Bars (..., 5) of targets (..., 5 or more): prices on ticks, high and low rounded outward.

    The other arguments fit the leading axes. Any numbers but NaN give a valid bar; a NaN of the volume gives
    a NaN volume, a NaN anywhere else raises `ValueError`.
    """
    if np.isnan(raw[..., :4]).any():
        raise ValueError("a target is NaN, and no bar follows from that")
    last, s = np.log(last_close), np.asarray(sigma)
    opens = last + _bounded(raw[..., 0] * s)
    closes = opens + _bounded(raw[..., 1] * s)
    highs = np.maximum(opens, closes) + _length(raw[..., 2], s)
    lows = np.minimum(opens, closes) - _length(raw[..., 3], s)
    o, h, low, c = (np.exp(each) / tick for each in (opens, highs, lows, closes))
    o, c = np.maximum(np.rint(o), 1), np.maximum(np.rint(c), 1)
    # What rounding of the exponential left above a tick is no reason for another tick.
    h = np.maximum(np.ceil(h - 1e-9 * h), np.maximum(o, c))
    low = np.clip(np.floor(low + 1e-9 * low), 1, np.minimum(o, c))
    volume = np.rint(np.expm1(np.clip(raw[..., 4] + level, 0, 50)))
    prices = [each * tick for each in (o, h, low, c)]
    return np.stack([*prices, np.broadcast_to(volume, prices[0].shape)], axis=-1)


def average(values: Floats, decay: float = DECAY) -> Floats:
    """The average of each value and those before it, weights falling by `decay`; NaN is no observation.

    >>> average(np.array([np.nan, 1.0, np.nan, 1.0])).tolist()
    [nan, 1.0, 1.0, 1.0]
    """
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _decayed(np.where(known, values, 0.0), decay) / _decayed(known.astype(float), decay)


def _decayed(values: Floats, decay: float) -> Floats:
    """Sums with falling weights. Blocks begin at row 0, so a prefix gives the same numbers."""
    total, found = 0.0, np.empty(len(values))
    weights = decay ** np.arange(_BLOCK)
    for start in range(0, len(values), _BLOCK):
        part = values[start : start + _BLOCK]
        w = weights[: len(part)]
        found[start : start + _BLOCK] = np.cumsum(part / w) * w + total * decay * w
        total = float(found[start + len(part) - 1])
    return found


def _bounded(step: Floats) -> Floats:
    return np.clip(step, -LARGEST, LARGEST)


def _length(raw: Floats, sigma: Floats) -> Floats:
    """A wick from its target: at least 0."""
    return np.minimum(np.maximum(np.exp(np.minimum(raw, 50)) - FLOOR, 0) * sigma, LARGEST)
