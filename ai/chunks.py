"""Stretches cut into chunks: a bar passes through the network twice, where windows pass it ninety times.

A chunk is `steps` - 1 bars to warm up on, then `score` bars of which each makes a forecast that counts. The
next chunk's scored bars follow on. Chunks are cut when they are needed; what lies behind the end of a stretch
is seen by the network after all that counts, and its targets are missing.

The rows that chunks are cut from lie in a file without a name, which ends with the process: training reads
them again and again, and millions of bars need no more memory than thousands.
"""

import os
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ai.meta import Ints

Singles = npt.NDArray[np.float32]


class Rows:
    """(N, `columns`) numbers in a file, of which runs of rows are read; raise `OSError` where it is full."""

    def __init__(self, rows: Singles) -> None:
        self._count, self.columns = len(rows), rows.shape[1]
        self._last = rows[-1:].copy()
        with tempfile.TemporaryFile() as file:
            rows.tofile(file)
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self._count

    def runs(self, starts: Ints, length: int) -> Singles:
        """(len(starts), length, columns); what lies behind the last row is that row again."""
        found = np.empty((len(starts), length, self.columns), np.float32)
        for run, start in zip(found, starts.tolist(), strict=True):
            # With a place of its own for each read: Keras reads ahead in threads.
            read = os.preadv(self._file, [run.data], 4 * self.columns * start)
            run[read // (4 * self.columns) :] = self._last
        return found


@dataclass(frozen=True)
class Chunks:
    """`x` (N, F) inputs, `y` (N, T) targets with NaN for missing, `session` (N,) the stretches' numbers."""

    x: Rows
    y: Rows
    session: npt.NDArray[np.int32]
    steps: int
    score: int

    @property
    def width(self) -> int:
        """Bars of a chunk's input."""
        return self.steps - 1 + self.score

    @cached_property
    def starts(self) -> Ints:
        """Where chunks begin that have a forecast to compare with what came."""
        return self._starts(self.steps)

    @cached_property
    def every_start(self) -> Ints:
        """As `starts`, and those whose only forecast is the one of a stretch's last bar."""
        return self._starts(self.steps - 1)

    def _starts(self, least: int) -> Ints:
        edges = np.flatnonzero(np.diff(self.session)) + 1
        begins = np.concatenate([[0], edges])
        ends = np.concatenate([edges, [len(self.session)]])
        found = [np.arange(a, b - least, self.score) for a, b in zip(begins, ends, strict=True)]
        return np.concatenate(found).astype(np.int64)

    def inputs(self, starts: Ints) -> Singles:
        """(len(starts), width, F); what lies behind the last row is that row again."""
        return self.x.runs(starts, self.width)

    def targets(self, starts: Ints) -> Singles:
        """(len(starts), score, T): of the bar after each scored one, NaN behind the stretch."""
        _, inside = self.rows(starts, ahead=1)
        found = self.y.runs(starts + self.steps, self.score)
        found[~inside] = np.nan
        return found

    def rows(self, starts: Ints, ahead: int = 0) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """The rows whose forecasts count, or those `ahead` of them, (len(starts), score), and which of them
        lie in the chunk's stretch; the others are 0."""
        rows = starts[:, None] + self.steps - 1 + ahead + np.arange(self.score)
        inside = rows < len(self.x)
        rows = np.where(inside, rows, 0)
        own = self.session[np.minimum(starts, len(self.session) - 1)]
        return rows, inside & (self.session[rows] == own[:, None])

    @property
    def nowhere(self) -> int:
        """A start of which nothing counts, to fill up a batch."""
        return len(self.x)
