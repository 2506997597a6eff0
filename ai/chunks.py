"""Stretches cut into chunks: a bar passes through the network twice, where windows pass it ninety times.

A chunk is `steps` - 1 bars to warm up on, then `score` bars of which each makes a forecast that counts. The
next chunk's scored bars follow on. Chunks are cut when they are needed; what lies behind the end of a stretch
is seen by the network after all that counts, and its targets are missing.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ai.meta import Ints

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Chunks:
    """`x` (N, F) inputs, `y` (N, T) targets with NaN for missing, `session` (N,) the stretches' numbers."""

    x: Singles
    y: Singles
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
        rows = starts[:, None] + np.arange(self.width)
        return np.asarray(self.x[np.minimum(rows, len(self.x) - 1)])

    def targets(self, starts: Ints) -> Singles:
        """(len(starts), score, T): of the bar after each scored one, NaN behind the stretch."""
        rows, inside = self.rows(starts, ahead=1)
        return np.where(inside[:, :, None], self.y[rows], np.float32(np.nan))

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
