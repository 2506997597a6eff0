"""The time frames of a chart: bars of one base size, put together on IB's clock.

A frame of an hour or less is an exact regrouping of its base, which is asked of IB; with regular hours the
first bar begins at the opening and may be short. A day is IB's own, since its close is an auction's and its
volume has what no bar of a minute has.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_processing.queries.bar_grid import Grid, Sessions
from data_processing.queries.contract_hours import sessions_of
from data_processing.queries.resample import regroup
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Bar, Hours
from market.instrument import Instrument

BASES = {"1s": "1s", "5s": "5s", "1m": "1m", "5m": "1m", "15m": "1m", "1h": "1m", "1D": "1D"}
"""Each frame and the size that it is made of."""


class Frame(msgspec.Struct, frozen=True):
    """A time frame of one contract; raise `BadRequest` for one that does not exist.

    `what` is its bars' basis: trades, or midpoints where there are none.
    """

    instrument: Instrument
    name: str
    hours: Hours = "all"

    def __post_init__(self) -> None:
        if self.name not in BASES:
            raise BadRequest(f"{self.name!r} is no time frame; choose one of: {' '.join(BASES)}")

    @property
    def size(self) -> BarSize:
        """Its own size."""
        return BarSize.parse(self.name)

    @property
    def base(self) -> BarSize:
        """What it is made of."""
        return BarSize.parse(BASES[self.name])

    @property
    def what(self) -> str:
        return "MIDPOINT" if self.instrument.sec_type == "CASH" else "TRADES"

    @property
    def base_hours(self) -> Hours:
        """Of which hours the base is asked: regular ones are cut out of all, a day is IB's own of each."""
        return self.hours if self.name == "1D" else "all"

    @property
    def series(self) -> BarSeries:
        """Where its base is stored."""
        of = self.instrument
        return BarSeries(of.contract_id, of.exchange, self.base.name, self.what, self.base_hours)

    def sessions(self, db: TimeseriesDB, start: int, end: int) -> Sessions | None:
        """Those that its bars lie in, around [start, end); `None` where all that trades counts."""
        if self.hours == "all" or self.name == "1D":
            return None
        of = self.instrument
        return sessions_of(db, of.contract_id, of.exchange, self.hours, start, end)


def stored(db: TimeseriesDB, frame: Frame, start: int, end: int) -> pa.Table:
    """The frame's bars that start in [start, end), of what the store has, as `data_storage.tables.BARS`."""
    sessions, of = frame.sessions(db, start, end), frame.instrument
    if frame.base != frame.size:
        zone = of.time_zone
        return regroup(db, frame.series, frame.name, start, end, zone=zone, sessions=sessions).read_all()
    it = frame.series
    table = db.bars(it.contract_id, it.exchange, it.size, start, end, what=it.what, hours=it.hours)
    if sessions is None:
        return table
    times = table["time"].cast(pa.int64()).to_numpy()
    return table.filter(pa.array(sessions.index(times) >= 0))


def joined(parts: Sequence[Bar], frame: Frame, start: int, final: bool) -> Bar:
    """The frame's bar at `start`, of its base bars in order of time."""
    first, last = parts[0], parts[-1]
    volumes = [each.volume for each in parts if each.volume is not None]
    counts = [each.count for each in parts if each.count is not None]
    return msgspec.structs.replace(
        last,
        time=start,
        size=frame.name,
        hours=frame.hours,
        open=first.open,
        high=max(each.high for each in parts),
        low=min(each.low for each in parts),
        volume=sum(volumes) if volumes else None,
        average=_average(parts),
        count=sum(counts) if counts else None,
        final=final,
    )


def _average(parts: Sequence[Bar]) -> float | None:
    known = [(each.average, each.volume) for each in parts if each.average is not None and each.volume]
    volume = sum(volume for _, volume in known)
    return sum(average * volume for average, volume in known) / volume if volume else None


def place(grid: Grid, time: int) -> int | None:
    """Where the bar begins that a base bar at `time` belongs to; `None` outside of the frame's hours."""
    inside, starts = grid.place(np.array([time], np.int64))
    return int(starts[0]) if inside[0] else None


def columns(table: pa.Table) -> dict[str, list[object]]:
    """Bars as columns for a page: times in whole seconds, UTC."""
    found = {name: table[name].to_pylist() for name in ("open", "high", "low", "close", "volume", "final")}
    seconds = pc.divide(table["time"].cast(pa.int64()), 1_000_000_000)
    return {"time": seconds.to_pylist(), **found}
