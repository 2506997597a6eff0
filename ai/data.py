"""Bars to learn from: final ones of one size of one contract, sorted, in stretches without a break.

A *stretch* is a run of bars that nothing interrupts: a session, less what a hole in the data or a split cuts
off. No window, forecast or target crosses from one into the next. Bars of a day and longer are one stretch.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from ai.checks import check, split_rows
from ai.errors import UnusableBars
from ai.meta import COLUMNS, Floats, Ints, Meta
from market.bar_size import BarSize
from market.events import Hours

if TYPE_CHECKING:
    import pandas as pd

    from ai.sources import Stored
    from config.settings import Settings

# A pause of so many bars, or hours, is the end of a session or a hole in the data. Bars alone tell, not the
# exchange's calendar: what is served is then cut as what was learned from, and a forecast needs no pandas.
HOLE = 30
_NIGHT = 3 * 3_600 * 1_000_000_000
# No market with daily bars rests longer.
_LONGEST_REST = 16 * 86_400_000_000_000


@dataclass(frozen=True, eq=False)
class Bars:
    """N bars as columns; a slice of them is a view.

    `time` is each bar's start (UTC nanoseconds), `volume` NaN where there is none (MIDPOINT), `session` the
    number of the stretch, `tick` the smallest price step, `splits` how many splits cut the series;
    `across_sessions` says that sessions do not.
    """

    meta: Meta
    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    session: npt.NDArray[np.int32]
    tick: float
    splits: int = 0
    across_sessions: bool = False

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> "Bars":
        columns = {name: getattr(self, name)[rows] for name in ("time", *COLUMNS, "session")}
        return replace(self, **columns)

    @cached_property
    def idle(self) -> npt.NDArray[np.bool_]:
        """Which rows say that nothing was traded; their volume is no observation."""
        return np.nan_to_num(self.volume) <= 0

    @cached_property
    def first(self) -> npt.NDArray[np.bool_]:
        """Which rows begin a stretch."""
        return np.concatenate([np.ones(min(1, len(self)), bool), np.diff(self.session) != 0])

    @cached_property
    def sha256(self) -> str:
        """Of what they are and all values: the same bars, the same digest."""
        digest = hashlib.sha256(msgspec.json.encode(self.meta))
        for name in ("time", *COLUMNS, "session"):
            digest.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return digest.hexdigest()

    @classmethod
    def from_columns(
        cls,
        meta: Meta,
        time: Ints,
        columns: Sequence[Floats],
        *,
        tick: float = 0.01,
        across_sessions: bool = False,
    ) -> "Bars":
        """Check everything and number the stretches; `columns` are in the order of `COLUMNS`.

        Raise `UnusableBars`.
        """
        size = BarSize.parse(meta.size)
        time, values = check(size, time, [np.asarray(each, np.float64) for each in columns])
        session, splits = _stretches(size, time, values, across_sessions)
        meta = msgspec.structs.replace(meta, size=size.name)
        opens, highs, lows, closes, volumes = values
        return cls(meta, time, opens, highs, lows, closes, volumes, session, tick, splits, across_sessions)

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame",
        *,
        size: str,
        symbol: str = "",
        tick: float = 0.01,
        across_sessions: bool = False,
        meta: Meta | None = None,
    ) -> "Bars":
        """Bars of a frame with a UTC index, or column `time`, and `open high low close volume`.

        Where it has a column `final` or `size`, all rows have to be final and of this size. Raise
        `UnusableBars`.
        """
        from ai.sources import frame_columns

        time, columns = frame_columns(frame, BarSize.parse(size).name)
        known = meta or Meta(symbol=symbol, size=size)
        return cls.from_columns(known, time, columns, tick=tick, across_sessions=across_sessions)

    @classmethod
    def from_store(
        cls,
        settings: "Settings",
        symbol: str,
        size: str,
        *,
        source: str | None = None,
        what: str | None = None,
        hours: Hours | None = None,
        start: int | None = None,
        end: int | None = None,
        last: int | None = None,
        across_sessions: bool = False,
    ) -> "Bars":
        """The authoritative bars of [start, end) that the store has, or its `last` ones.

        Raise what `TimeseriesDB.open` does, `ContractNotFound`, `NoData`, or `UnusableBars`.
        """
        from ai.sources import Wanted, stored

        wanted = Wanted(what=what, hours=hours, start=start, end=end, last=last)
        found = stored(settings, symbol, size, source, wanted)
        return cls.from_stored(found, across_sessions=across_sessions)

    @classmethod
    def from_stored(cls, found: "Stored", *, across_sessions: bool = False) -> "Bars":
        """Of what `ai.sources` read."""
        return cls.from_columns(
            found.meta,
            found.time,
            found.columns,
            tick=found.tick,
            across_sessions=across_sessions,
        )


def long_enough(bars: Bars, rows: int) -> None:
    """Raise `UnusableBars` unless a stretch has more than `rows` bars."""
    if not len(bars):
        raise UnusableBars(f"{bars.meta.symbol} {bars.meta.size}: there are no final bars")
    longest = int(np.bincount(bars.session - bars.session.min()).max())
    if longest <= rows:
        raise UnusableBars(
            f"{bars.meta.symbol} {bars.meta.size}: the longest stretch has {longest} bars and a window needs "
            f"{rows + 1}; take a smaller bar size or fewer steps, or let windows cross with --across-sessions"
        )


def _stretches(
    size: BarSize, time: Ints, values: Sequence[Floats], across: bool
) -> tuple[npt.NDArray[np.int32], int]:
    """The number of each row's stretch, and how many splits there are."""
    start = np.zeros(len(time), bool)
    pause = np.diff(time, prepend=time[:1])
    if not size.intraday:
        start |= pause > max(_LONGEST_REST, 2 * size.nanoseconds)
    elif not across:
        start |= pause > max(min(HOLE * size.nanoseconds, _NIGHT), 2 * size.nanoseconds)
    # IB adjusts for splits at the time of asking: a jump by a ratio means rows of two scales.
    may_split = pause > size.nanoseconds if size.intraday else np.ones(len(time), bool)
    split = split_rows(values[0], values[3]) & may_split
    start |= split
    start[:1] = False
    return np.cumsum(start, dtype=np.int32), int(split.sum())
