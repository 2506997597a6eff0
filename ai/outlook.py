"""From what forecasters say to prices: what is told of the next bar, and of some after it.

Plain floats, as in `ai.stepping`; `ai.targets.decode` does the same for many bars.
"""

from collections.abc import Mapping, Sequence
from math import ceil, exp, expm1, floor, log, log1p, nan
from typing import NamedTuple

from ai.forecaster import QUANTILES, Forecast
from ai.head import PER_TARGET
from ai.targets import FLOOR, LARGEST, NAMES

TOLD = ("close", "range", "volume")
"""Of these quantiles are told."""
_PLACES = tuple(NAMES.index(name) for name in TOLD)
_CLOSE = NAMES.index("close")
_FAR = 50.0
_NONE = log(FLOOR)


class Known(NamedTuple):
    """What scales a forecast, all known when it is made."""

    close: float
    sigma: float
    level: float
    tick: float


class Said(NamedTuple):
    """One forecaster's word on the next bar, in units of the targets: the `mean` of each, the quantiles of
    each of `TOLD`.
    """

    mean: Sequence[float]
    told: Sequence[Sequence[float]]


class Outlook(NamedTuple):
    """The next bar. `closes`, `ranges` and `volumes` are quantiles, in the order of `QUANTILES`: prices, high
    less low in prices, and volumes; the outer two are calibrated. `intervals` are the outer two of `TOLD` in
    units of the targets before that, `step` the calibrated pair of the close.
    """

    open: float
    high: float
    low: float
    close: float
    volume: float
    closes: tuple[float, ...]
    ranges: tuple[float, ...]
    volumes: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    step: tuple[float, float]


def unfolded(outputs: Sequence[float], mean: Sequence[float], scale: Sequence[float]) -> Said:
    """What the network's `outputs` say; `mean` and `scale` are the targets' scaler."""
    means = [outputs[PER_TARGET * n] * scale[n] + mean[n] for n in range(len(NAMES))]
    return Said(means, [_quantiles(outputs, n, mean[n], scale[n]) for n in _PLACES])


def last_row(forecast: Forecast) -> Said:
    """What a forecast says after its last row."""
    quantiles = forecast.quantiles[-1].tolist()
    return Said(forecast.mean[-1].tolist(), [quantiles[n] for n in _PLACES])


def joined(said: Mapping[str, Said], winners: Mapping[str, str]) -> Said:
    """Of each target what its winner says, as in `champions.compose`."""
    mean = [said[winners[name]].mean[n] for n, name in enumerate(NAMES)]
    spread = said[winners["volatility"]]
    shift = mean[_CLOSE] - spread.mean[_CLOSE]
    closes = [each + shift for each in spread.told[0]]
    return Said(mean, [closes, *(said[winners[name]].told[n] for n, name in enumerate(TOLD) if n)])


def outlook(said: Said, known: Known, margins: Sequence[float]) -> Outlook:
    """In prices; `margins` are of `Conformal`, by `TOLD`."""
    close, sigma, level, _ = known
    bar = _bar(said.mean, known)
    found = [list(each) for each in said.told]
    intervals = tuple([(each[0], each[-1]) for each in found])
    for each, margin in zip(found, margins, strict=True):
        _widen(each, margin)
    closes, ranges, volumes = found
    return Outlook(
        *bar,
        tuple([close * exp(_within(each * sigma, LARGEST)) for each in closes]),
        tuple([close * expm1(_wick(each, sigma)) for each in ranges]),
        tuple([_volume(each + level) for each in volumes]),
        intervals,
        (closes[0], closes[-1]),
    )


def outcome(known: Known, high: float, low: float, close: float, volume: float) -> tuple[float, float, float]:
    """What became of a forecast, in units of the targets and the order of `TOLD`."""
    size = log(log(high / low) / known.sigma + FLOOR)
    traded = log1p(volume) - known.level if volume > 0 else nan
    return log(close / known.close) / known.sigma, size, traded


def path(known: Known, step: tuple[float, float], cone: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """Quantiles of the close after 1, 2, ... bars.

    `cone` is how far closes went in the past, in units of the volatility; what the model says of the next
    bar, more or less than usual, widens or narrows all of it.
    """
    usual = cone[0][-1] - cone[0][0]
    swell = (step[1] - step[0]) / usual if usual > 0 else 1.0
    unit = known.sigma * swell
    return [tuple(known.close * exp(_within(each * unit, 3 * LARGEST)) for each in row) for row in cone]


def _bar(raw: Sequence[float], known: Known) -> tuple[float, float, float, float, float]:
    close, sigma, level, tick = known
    opens = log(close) + _within(raw[0] * sigma, LARGEST)
    closes = opens + _within(raw[1] * sigma, LARGEST)
    highs, lows = max(opens, closes) + _wick(raw[2], sigma), min(opens, closes) - _wick(raw[3], sigma)
    o, c = max(round(exp(opens) / tick), 1), max(round(exp(closes) / tick), 1)
    high, low = exp(highs) / tick, exp(lows) / tick
    high = max(ceil(high - 1e-9 * high), o, c)
    low = max(min(floor(low + 1e-9 * low), o, c), 1)
    return o * tick, high * tick, low * tick, c * tick, _volume(raw[4] + level)


def _quantiles(outputs: Sequence[float], target: int, mean: float, scale: float) -> list[float]:
    at = PER_TARGET * target
    median = outputs[at + 1]
    widths = [
        log1p(exp(-abs(each))) + (each if each > 0 else 0.0) for each in outputs[at + 2 : at + PER_TARGET]
    ]
    inner, outer, above, top = widths
    found = (median - inner - outer, median - inner, median, median + above, median + above + top)
    return [each * scale + mean for each in found]


def _widen(quantiles: list[float], margin: float) -> None:
    more = max(margin, -0.5) * (quantiles[-1] - quantiles[0])
    middle = quantiles[len(QUANTILES) // 2]
    quantiles[0], quantiles[-1] = min(quantiles[0] - more, middle), max(quantiles[-1] + more, middle)
    quantiles[1], quantiles[-2] = max(quantiles[0], quantiles[1]), min(quantiles[-2], quantiles[-1])


def _within(value: float, limit: float) -> float:
    return -limit if value < -limit else limit if value > limit else value


def _wick(raw: float, sigma: float) -> float:
    return _within((exp(raw if raw < _FAR else _FAR) - FLOOR) * sigma, LARGEST) if raw > _NONE else 0.0


def _volume(logarithm: float) -> float:
    return float(round(expm1(_within(max(logarithm, 0.0), _FAR)))) if logarithm == logarithm else nan
