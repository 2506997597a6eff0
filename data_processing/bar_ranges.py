"""Which time the bars of a series cover: from start to end, or the day, week or month of their date."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_processing.coverage import Range, union
from data_processing.ranges import EVER
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.times import DAY

Times = npt.NDArray[np.int64]


def covered(series: BarSeries, times: Times) -> list[Range]:
    """What bars that begin at `times` cover; bars that follow each other make one range."""
    if not BarSize.parse(series.size).intraday:
        return union(_unit(series.size, time) for time in times.tolist())
    ends = times + BarSize.parse(series.size).nanoseconds
    edge = np.flatnonzero(times[1:] > ends[:-1]) + 1
    starts = times[np.concatenate(([0], edge))] if len(times) else times
    lasts = ends[np.concatenate((edge - 1, [-1]))] if len(times) else ends
    return list(zip(starts.tolist(), lasts.tolist(), strict=True))


def inside(series: BarSeries, times: Times, traded: Sequence[Range]) -> npt.NDArray[np.bool_]:
    """Which of the bars overlap the time in which it traded; longer ones always do."""
    if not BarSize.parse(series.size).intraday:
        return np.ones(len(times), bool)
    ranges = np.array(union(traded), np.int64).reshape(-1, 2)
    place = np.searchsorted(ranges[:, 1], times, "right")
    starts = np.append(ranges[:, 0], EVER[1])
    found: npt.NDArray[np.bool_] = starts[place] < times + BarSize.parse(series.size).nanoseconds
    return found


def reach(series: BarSeries, start: int) -> int:
    """From where on a bar may cover `start`."""
    size = BarSize.parse(series.size)
    return start - size.nanoseconds if size.intraday else _unit(series.size, start)[0]


def whole(series: BarSeries, end: int) -> int:
    """`end`, or the start of the week or month that it lies in."""
    return end if series.size not in ("1W", "1M") else _unit(series.size, end)[0]


def _unit(size: str, time: int) -> Range:
    """The day, week or month of a bar that is known by its date."""
    unit = size[-1]
    # Weeks as numpy counts them begin on Thursdays, as 1970 did.
    shift = np.timedelta64(3, "D") if unit == "W" else np.timedelta64(0, "D")
    number = (np.datetime64(time, "ns").astype("datetime64[D]") + shift).astype(f"datetime64[{unit}]")
    start, end = (each.astype("datetime64[D]") - shift for each in (number, number + 1))
    return _nanoseconds(start), _nanoseconds(end)


def _nanoseconds(day: np.datetime64) -> int:
    return int(day.astype(np.int64)) * DAY
