"""What bars have to be before anything is learned from them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ai.errors import UnusableBars
from ai.meta import Floats, Ints
from market.bar_size import BarSize
from market.times import iso

# So many pauses of the same length in a row are a coarser bar size, not a quiet market.
_RUN = 20
_HALF_HOUR = 1_800_000_000_000
_RATIOS = np.log([1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100])
_NEAR = 0.03


def check(size: BarSize, time: Ints, columns: Sequence[Floats]) -> tuple[Ints, list[Floats]]:
    """The rows without exact repetitions; raise `UnusableBars` for anything that is not bars of `size`."""
    time = np.asarray(time, np.int64)
    if any(len(each) != len(time) for each in columns):
        raise UnusableBars("the columns differ in length")
    step = np.diff(time)
    _refuse(step < 0, time, "a row is earlier than the one before it; sort the bars by time")
    time, columns = _without_repetitions(time, columns)
    _check_values(time, columns)
    _check_size(size, time)
    return time, list(columns)


def split_rows(opens: Floats, closes: Floats) -> npt.NDArray[np.bool_]:
    """Which rows open at a ratio of small numbers (2:1, 3:2 ...) of the close before them.

    >>> split_rows(np.array([100.0, 50.2, 50.0]), np.array([100.0, 50.1, 50.3])).tolist()
    [False, True, False]
    """
    jump = np.zeros(len(opens))
    jump[1:] = np.abs(np.log(opens[1:] / closes[:-1]))
    large = np.flatnonzero(jump > _RATIOS[0] - _NEAR)
    found = np.zeros(len(opens), bool)
    found[large] = (np.abs(jump[large, None] - _RATIOS) < _NEAR).any(axis=1)
    return found


def _without_repetitions(time: Ints, columns: Sequence[Floats]) -> tuple[Ints, Sequence[Floats]]:
    again = np.diff(time, prepend=time[:1] - 1) == 0
    if not again.any():
        return time, columns
    rows = np.flatnonzero(again)
    differs = np.zeros(len(time), bool)
    for each in columns:
        now, before = each[rows], each[rows - 1]
        differs[rows] |= (now != before) & ~(np.isnan(now) & np.isnan(before))
    _refuse(differs, time, "two bars of one time differ; keep the authoritative one")
    return time[~again], [each[~again] for each in columns]


def _check_values(time: Ints, columns: Sequence[Floats]) -> None:
    opens, highs, lows, closes, volumes = columns
    prices = np.stack([opens, highs, lows, closes]) if len(time) else np.ones((4, 0))
    _refuse(~np.isfinite(prices).all(axis=0), time, "a price is missing")
    _refuse((prices <= 0).any(axis=0), time, "a price is not above 0, and returns are logarithms of ratios")
    wrong = (highs < prices.max(axis=0)) | (lows > prices.min(axis=0))
    _refuse(wrong, time, "high and low do not enclose open and close")
    _refuse((volumes < 0) | np.isinf(volumes), time, "a volume is negative or infinite")


def _check_size(size: BarSize, time: Ints) -> None:
    unit = min(size.nanoseconds, _HALF_HOUR) if size.intraday else 86_400_000_000_000
    _refuse(
        time % unit != 0, time, f"a bar of {size.name} cannot begin then; bar sizes or time zones are mixed"
    )
    if len(time) <= _RUN:
        return
    step = np.diff(time)
    # A run of equal steps longer than the size: each row counts how many equal ones end at it. Days rest at
    # weekends, so their coarser steps are not all equal.
    kind = step if size.intraday else step > 1.5 * size.nanoseconds
    change = np.concatenate([[True], kind[1:] != kind[:-1]])
    began = np.maximum.accumulate(np.where(change, np.arange(len(step)), 0))
    run = np.arange(len(step)) - began + 1
    coarse = (run >= _RUN) & (step > (1 if size.intraday else 1.5) * size.nanoseconds)
    _refuse(
        np.concatenate([[False], coarse]),
        time,
        f"bars here are {int(step[coarse][0]) // 1_000_000_000 if coarse.any() else 0} seconds apart, "
        f"not {size.seconds}: sizes are mixed; fetch one size",
    )


def _refuse(wrong: npt.NDArray[np.bool_] | np.bool_, time: Ints, why: str) -> None:
    wrong = np.asarray(wrong)
    rows = np.flatnonzero(wrong)
    if len(rows):
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        # A difference of rows is one shorter: it tells of the second of the two.
        row = int(rows[0]) + (len(wrong) < len(time))
        raise UnusableBars(f"row {row} ({iso(int(time[row]))}){more}: {why}")
