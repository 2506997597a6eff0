"""The leaks that made others' results too good to be true, put into a plain pipeline for the guard to catch.

Each is a mistake that published projects made. On a random walk they are "worth" a skill of 0.3 to 0.99 where
the truth is 0. What is left out: a ticker chosen because it rose. No bars can tell that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ai.data import Bars
from ai.errors import UnusableBars
from ai.meta import COLUMNS, Floats, Ints
from ai.probes import Finding, Pipeline, Run, audit
from market.bar_size import BarSize

LAGS = 10
TRAIN = 0.6
LABEL = 30
_PENALTY = 10.0


@dataclass(frozen=True)
class Leak:
    """One mistake: either in a `pipeline`, or in the rows that `spoil` makes of good ones."""

    name: str
    pipeline: Pipeline | None = None
    spoil: Callable[[Bars], tuple[Ints, list[Floats]]] | None = None

    def caught(self, bars: Bars, seed: int = 0) -> list[Finding]:
        """What the guard says of it on these bars; empty when it does not see it."""
        if self.pipeline:
            return audit(self.pipeline, bars, seed)
        assert self.spoil
        try:
            cut = Bars.from_columns(bars.meta, *self.spoil(bars), tick=bars.tick).splits - bars.splits
        except UnusableBars as refused:
            return [Finding("data", str(refused))]
        return [Finding("data", "a split; the series is cut there")] if cut > 0 else []


def clean(bars: Bars) -> Run:
    """Ten lagged returns, ridge, trained on what came first: the pipeline that the leaks are put into."""
    return _judged(bars, _lagged(_returns(bars)))


def _returns(bars: Bars) -> Floats:
    """Log returns of the closes, 0 where a stretch begins."""
    found = np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))
    found[bars.first] = 0
    return found


def _lagged(series: Floats, count: int = LAGS) -> Floats:
    columns = [np.concatenate([np.zeros(lag), series[: len(series) - lag]]) for lag in range(count)]
    return np.stack(columns, axis=1)


def _judged(bars: Bars, table: Floats, scaled: bool = True) -> Run:
    """Fit on the first rows, judge on the last; returns against a forecast of nothing."""
    rows, target = _rows(bars)
    train, test = _split(rows)
    if scaled:
        table = (table - table[train].mean(axis=0)) / (table[train].std(axis=0) + 1e-12)
    forecast = _ridge(table[train], target[train], table[test])
    return _run(test, forecast, table[test], target[test])


def _rows(bars: Bars) -> tuple[Ints, Floats]:
    """Rows whose next bar is of the same stretch, and the next return of every row."""
    target = np.append(_returns(bars)[1:], 0.0)
    rows = np.flatnonzero(np.append(~bars.first[1:], False))
    return rows[rows >= LAGS], target


def _split(rows: Ints) -> tuple[Ints, Ints]:
    border = int(TRAIN * len(rows))
    return rows[: border - LAGS - 1], rows[border:]


def _run(rows: Ints, forecast: Floats, table: Floats, actual: Floats) -> Run:
    return Run(rows, forecast, table, (actual - forecast) ** 2, actual**2)


def _ridge(table: Floats, actual: Floats, asked: Floats) -> Floats:
    scale = _PENALTY * float(np.mean(table**2)) * np.eye(table.shape[1])
    weights = np.linalg.solve(table.T @ table + scale, table.T @ (actual - actual.mean()))
    return np.asarray(asked @ weights + actual.mean())


def _coarse_bars(bars: Bars) -> Run:
    """Bars five times as long, stamped with their start, joined onto the rows inside them."""
    group = bars.time // (5 * BarSize.parse(bars.meta.size).nanoseconds)
    last = np.searchsorted(group, group, "right") - 1
    ahead = np.log(bars.close[last] / bars.close)
    return _judged(bars, np.column_stack([_lagged(_returns(bars)), ahead]))


def _provisional_bar(bars: Bars) -> Run:
    """The window ends with the bar that is to be forecast, half formed."""
    half = np.log(np.append((bars.open[1:] + bars.close[1:]) / 2, bars.close[-1]) / bars.close)
    return _judged(bars, np.column_stack([_lagged(_returns(bars)), half]))


def _centred_smoother(bars: Bars) -> Run:
    smooth = np.convolve(_returns(bars), np.full(5, 0.2), mode="same")
    return _judged(bars, _lagged(smooth))


def _whole_series_denoised(bars: Bars) -> Run:
    spectrum = np.fft.rfft(_returns(bars))
    spectrum[len(spectrum) // 3 :] = 0
    return _judged(bars, _lagged(np.fft.irfft(spectrum, len(bars))))


def _shuffled_split(bars: Bars) -> Run:
    """Returns over thirty bars; those of a tested row's neighbours, which overlap with its own, are known."""
    rows, _ = _rows(bars)
    rows = rows[rows + LABEL < len(bars)]
    target = np.log(bars.close[np.minimum(np.arange(len(bars)) + LABEL, len(bars) - 1)] / bars.close)
    known = np.random.default_rng(0).permutation(rows)[: int(TRAIN * len(rows))]
    known, test = np.sort(known), np.setdiff1d(rows, known)
    place = np.clip(np.searchsorted(known, test), 1, len(known) - 1)
    forecast = (target[known[place - 1]] + target[known[place]]) / 2
    return _run(test, forecast, test[:, None].astype(float), target[test])


def _levels(bars: Bars) -> Run:
    """Prices instead of returns: "99.9 % accurate", against the mean price."""
    run = clean(bars)
    here, following = bars.close[run.row], bars.close[run.row + 1]
    said = here * np.exp(run.forecast)
    return replace(run, loss=(following - said) ** 2, baseline=(following - following.mean()) ** 2)


def _scaler_on_everything(bars: Bars) -> Run:
    table = _lagged(_returns(bars))
    low, high = table.min(axis=0), table.max(axis=0)
    return _judged(bars, (table - low) / (high - low), scaled=False)


def _chosen_on_the_test(bars: Bars) -> Run:
    """Of thirty choices of inputs, the one with the best result on the rows that it is reported for."""
    table, random = _lagged(_returns(bars)), np.random.default_rng(0)
    choices = [random.choice(LAGS, 3, replace=False) for _ in range(30)]
    runs = [_judged(bars, table[:, np.sort(each)]) for each in choices]
    return min(runs, key=lambda run: float(run.loss.mean()))


def _across_sessions(bars: Bars) -> Run:
    """What happened overnight as if it were the return of one bar."""
    return _judged(bars, _lagged(np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))))


def _logarithm_of_no_volume(bars: Bars) -> Run:
    with np.errstate(divide="ignore", invalid="ignore"):
        volume = np.diff(np.log(bars.volume), prepend=0.0)
        return _judged(bars, np.column_stack([_lagged(_returns(bars)), volume]))


def _mixed_sizes(bars: Bars) -> tuple[Ints, list[Floats]]:
    """The older half as bars five times as long."""
    half, step = len(bars) // 2, 5
    unit = step * BarSize.parse(bars.meta.size).nanoseconds
    begins = np.flatnonzero(np.diff(bars.time[:half] // unit, prepend=-1))
    keep = np.concatenate([begins, np.arange(half, len(bars))])
    columns = [getattr(bars, name)[keep] for name in COLUMNS]
    for column, merge in ((1, np.maximum), (2, np.minimum)):
        columns[column][: len(begins)] = merge.reduceat(getattr(bars, COLUMNS[column])[:half], begins)
    ends = np.append(begins[1:], half) - 1
    columns[3][: len(begins)] = bars.close[ends]
    time = bars.time[keep].copy()
    time[: len(begins)] -= time[: len(begins)] % unit
    return time, columns


def _clock_turned_back(bars: Bars) -> tuple[Ints, list[Floats]]:
    """Local times without a zone: in autumn an hour comes twice. While a market rests nobody sees it."""
    inside = np.flatnonzero(~bars.first)
    time = bars.time.copy()
    time[inside[len(inside) // 2] :] -= 3_600_000_000_000
    return time, [getattr(bars, name) for name in COLUMNS]


def _unadjusted_split(bars: Bars) -> tuple[Ints, list[Floats]]:
    """Two for one, over the pause with the least move, in rows that were fetched before and after."""
    pause = np.diff(bars.time)
    move = np.abs(np.log(bars.open[1:] / bars.close[:-1]))
    row = int(np.argmin(np.where(pause > pause.min(), move, np.inf))) + 1
    columns = [getattr(bars, name).copy() for name in COLUMNS]
    for column in columns[:4]:
        column[:row] *= 2
    return bars.time, columns


LEAKS = (
    Leak("coarser bars stamped with their start", _coarse_bars),
    Leak("a provisional bar in the window", _provisional_bar),
    Leak("a centred smoother", _centred_smoother),
    Leak("the whole series denoised", _whole_series_denoised),
    Leak("overlapping targets in a shuffled split", _shuffled_split),
    Leak("scored on price levels", _levels),
    Leak("a scaler fitted on all rows", _scaler_on_everything),
    Leak("chosen by the result on the test", _chosen_on_the_test),
    Leak("bar sizes mixed", spoil=_mixed_sizes),
    Leak("a local clock turned back", spoil=_clock_turned_back),
)
"""The ten."""

CORRUPTIONS = (
    Leak("windows across a night", _across_sessions),
    Leak("the logarithm of no volume", _logarithm_of_no_volume),
    Leak("a split that was not adjusted for", spoil=_unadjusted_split),
)
"""Not leaks, but they spoil a model as quietly."""


def self_test(bars: Bars, seed: int = 0) -> dict[str, list[Finding]]:
    """Each leak and corruption that can be put into these bars, with what the guard says of it."""
    without_pause = bool(np.ptp(np.diff(bars.time)) == 0)
    impossible: set[object] = set() if bars.first[1:].any() else {_across_sessions}
    impossible |= {_unadjusted_split} if without_pause else set()
    chosen = [each for each in (*LEAKS, *CORRUPTIONS) if not {each.pipeline, each.spoil} & impossible]
    return {each.name: each.caught(bars, seed) for each in chosen}
