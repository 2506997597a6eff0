"""Features of one bar after another, in the time it takes to do some sums.

The same numbers as `ai.features` and `ai.targets`, which have them for whole series; plain floats, since an
array of one number costs ten times as much.
"""

from math import cos, isnan, log, log1p, pi, sin, sqrt
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ai.data import Bars
from ai.features import FAST, LARGEST
from ai.meta import Meta
from ai.targets import DECAY, FLOOR, QUIET, WARM
from market.bar_size import BarSize
from market.times import DAY, MINUTE, to_datetime

_QUARTER = 15 * MINUTE


class Average:
    """`targets.average`, a value at a time."""

    __slots__ = ("_decay", "_sum", "_weight", "value")

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._sum = self._weight = 0.0
        self.value = float("nan")

    def add(self, value: float) -> float:
        """Take in a value, NaN for none; the answer is the average."""
        known = not isnan(value)
        self._sum = self._decay * self._sum + (value if known else 0.0)
        self._weight = self._decay * self._weight + known
        if self._weight:
            self.value = self._sum / self._weight
        return self.value


class Stepper:
    """What is known after the bars so far: `sigma` and `level` scale the next one, `close` is the last."""

    def __init__(self, meta: Meta, tick: float) -> None:
        self.sigma = self.level = self.close = float("nan")
        self._tick = tick
        self._zone = ZoneInfo(meta.time_zone)
        self._intraday = BarSize.parse(meta.size).intraday
        self._squares, self._volumes = Average(DECAY), Average(DECAY)
        self._fast, self._slow = Average(FAST), Average(DECAY)
        self._seen = 0
        self._quarter, self._shift = -1, 0

    @classmethod
    def after(cls, bars: Bars) -> "tuple[Stepper, npt.NDArray[np.float32]]":
        """One that has seen all of `bars`, and their features, (N, F)."""
        stepper = cls(bars.meta, bars.tick)
        columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.first)
        rows = [stepper.step(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]
        return stepper, np.array(rows, np.float32)

    def step(
        self, time: int, open_: float, high: float, low: float, close: float, volume: float, first: bool
    ) -> list[float]:
        """Take in the next bar, which may be the `first` of a stretch; the answer is its features."""
        idle = isnan(volume) or volume <= 0
        last = float("nan") if first else self.close
        row = self._own(open_, high, low, close, volume, idle, last)
        swell = self._swell(row[0] + row[1] if row[6] else float("nan"))
        row[6] = swell
        row += self._place(time)
        row.append(float(idle))
        self._learn(close, volume, idle, last)
        return [min(max(each, -LARGEST), LARGEST) for each in row]

    def _own(
        self, open_: float, high: float, low: float, close: float, volume: float, idle: bool, last: float
    ) -> list[float]:
        """Gap, body, wicks, volume and range, and 1 where they are known at all."""
        if isnan(last) or isnan(self.sigma):
            return [0.0] * 7
        sigma, top, bottom = self.sigma, max(open_, close), min(open_, close)
        gap, body = log(open_ / last) / sigma, log(close / open_) / sigma
        wicks = [log(log(a / b) / sigma + FLOOR) for a, b in ((high, top), (bottom, low), (high, low))]
        traded = 0.0 if idle or isnan(self.level) else log1p(volume) - self.level
        return [gap, body, wicks[0], wicks[1], traded, wicks[2], 1.0]

    def _swell(self, close: float) -> float:
        fast, slow = self._fast.add(close * close), self._slow.add(close * close)
        return 0.0 if isnan(fast) else 0.5 * log((fast + 1e-4) / (slow + 1e-4))

    def _place(self, time: int) -> list[float]:
        if not self._intraday:
            return [0.0, 0.0]
        if time // _QUARTER != self._quarter:
            self._quarter = time // _QUARTER
            shift = to_datetime(self._quarter * _QUARTER).astimezone(self._zone).utcoffset()
            self._shift = int(shift.total_seconds()) * 1_000_000_000 if shift else 0
        day = 2 * pi * ((time + self._shift) % DAY // MINUTE) / 1440
        return [sin(day), cos(day)]

    def _learn(self, close: float, volume: float, idle: bool, last: float) -> None:
        """What scales the next bar."""
        step = float("nan") if isnan(last) else log(close / last)
        self._seen += not isnan(step)
        square = self._squares.add(step * step)
        self.level = self._volumes.add(float("nan") if idle else log1p(volume))
        self.sigma = max(sqrt(square), QUIET * self._tick / close) if self._seen >= WARM else float("nan")
        self.close = close
