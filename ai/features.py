"""What is known at the close of a bar, as a row of numbers for a model.

Each row stands on its own bar and those before it: targets of the bar itself in their own units, how the
volatility of the last bars compares with that of the last hundred, the place in the local day, and whether
anything was traded. What is not known (the first rows of a stretch, the volume of a MIDPOINT) is 0.
"""

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ai.data import Bars
from ai.meta import Floats, Ints
from ai.targets import DECAY, NAMES, Scales, average, columns
from market.bar_size import BarSize
from market.times import DAY, SECOND, to_datetime

COLUMNS = (*(name for name in NAMES if name != "close"), "swell", "sine", "cosine", "idle")
FAST = 0.8
LARGEST = 10.0
"""Features are cut off there: one wrong bar must not throw a network."""
_QUARTER = 900 * SECOND


def features(bars: Bars, scale: Scales | None = None) -> npt.NDArray[np.float32]:
    """The features of N bars, (N, F) in the order of `COLUMNS`, each row as of its bar's close."""
    table = np.empty((len(bars), len(COLUMNS)), np.float32)

    def put(name: str, values: Floats) -> None:
        table[:, COLUMNS.index(name)] = np.clip(np.nan_to_num(values), -LARGEST, LARGEST)

    for name, column in zip(NAMES, columns(bars, scale), strict=True):
        if name == "close":
            put("swell", _swell(column))
        else:
            put(name, column)
    day = 2 * np.pi * minute_of_day(bars.time, bars.meta.time_zone) / 1440
    intraday = float(BarSize.parse(bars.meta.size).intraday)
    put("sine", np.sin(day) * intraday)
    put("cosine", np.cos(day) * intraday)
    put("idle", bars.idle.astype(float))
    return table


def minute_of_day(time: Ints, zone: str) -> Ints:
    """The minute of the local day, 0 to 1439, summer time included."""
    place = ZoneInfo(zone)
    # Clocks change at full quarters of an hour only.
    quarters, index = np.unique(time // _QUARTER, return_inverse=True)
    shifts = [to_datetime(each * _QUARTER).astimezone(place).utcoffset() for each in quarters.tolist()]
    seconds = np.array([int(each.total_seconds()) if each else 0 for each in shifts], np.int64)
    local = time + seconds[index] * SECOND if len(time) else time
    return np.asarray(local % DAY // (60 * SECOND), np.int64)


def _swell(close: Floats) -> Floats:
    """Whether the last few returns were large for their volatility: log of the root of their mean square."""
    fast, slow = average(close**2, FAST), average(close**2, DECAY)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(0.5 * np.log((fast + 1e-4) / (slow + 1e-4)))
