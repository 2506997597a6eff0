"""The newest bars as columns that grow at the end."""

from dataclasses import replace
from typing import Any

import numpy as np

from ai.data import Bars
from ai.meta import COLUMNS

_NAMES = ("time", *COLUMNS, "session")


class Recent:
    """The last `most` of some bars and of those that follow them, without a copy for each."""

    def __init__(self, bars: Bars, most: int) -> None:
        self._most = most
        self._like = bars
        self._columns = {name: np.empty(2 * most, getattr(bars, name).dtype) for name in _NAMES}
        self._end = 0
        self._put(bars[max(0, len(bars) - most) :])

    @property
    def bars(self) -> Bars:
        """They, as a view that the next `add` may change."""
        rows = slice(max(0, self._end - self._most), self._end)
        columns: dict[str, Any] = {name: each[rows] for name, each in self._columns.items()}
        return replace(self._like, **columns)

    def add(self, time: int, open_: float, high: float, low: float, close: float, volume: float) -> None:
        """One more, of the stretch of the last."""
        if self._end == 2 * self._most:
            self._put(self.bars)
        last = self._columns["session"][self._end - 1]
        for name, value in zip(_NAMES, (time, open_, high, low, close, volume, last), strict=True):
            self._columns[name][self._end] = value
        self._end += 1

    def _put(self, bars: Bars) -> None:
        self._end = len(bars)
        for name, column in self._columns.items():
            column[: self._end] = getattr(bars, name)
