"""Where bars come from: a store of ours, or a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ai.errors import UnusableBars
from ai.meta import COLUMNS, Floats, Ints, Meta
from config.settings import Settings
from market.bar_size import BarSize
from market.errors import BadRequest, NoData
from market.events import Hours
from market.source import Source

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.layout import BarSeries
    from market.instrument import Instrument


@dataclass(frozen=True)
class Stored:
    """Bars as a store gives them."""

    meta: Meta
    time: Ints
    columns: Sequence[Floats]
    tick: float


class Wanted(NamedTuple):
    """Which bars of a contract and size: of [`start`, `end`), or the `last` so many."""

    what: str | None = None
    hours: Hours | None = None
    start: int | None = None
    end: int | None = None
    last: int | None = None


def store_of(data_dir: Path, name: str | None) -> Source:
    """The source of the store called `name`, or of the only one; raise `BadRequest` where that is unclear."""
    stores = sorted(path.parent.name for path in data_dir.glob("*/manifest.json"))
    if name is None and len(stores) != 1:
        what = f"there are {', '.join(stores)}" if stores else f"there is none in {data_dir}"
        raise BadRequest(f"which store? {what}; choose with --source NAME, or fill one with: backfill")
    return Source(name or stores[0], "", "SIMULATED")


def stored(settings: Settings, symbol: str, size: str, source: str | None, wanted: Wanted) -> Stored:
    """The authoritative bars of one series; see `Bars.from_store`."""
    from data_processing.timeseries_db import TimeseriesDB

    with TimeseriesDB.open(settings.data_dir, store_of(settings.data_dir, source)) as db:
        return stored_in(db, db.find_instrument(symbol), size, wanted)


def stored_in(db: "TimeseriesDB", instrument: "Instrument", size: str, wanted: Wanted) -> Stored:
    """As `stored`, of a store that is open."""
    from data_storage.columns import ints, numbers

    series = _series(db, instrument, BarSize.parse(size).name, wanted)
    table = _authoritative(db, series, wanted)
    time = ints(table, "time")
    meta = Meta(
        symbol=instrument.ticker,
        size=series.size,
        contract_id=series.contract_id,
        exchange=series.exchange,
        what=series.what,
        hours=series.hours,
        source=db.source,
        time_zone=instrument.time_zone or "UTC",
    )
    columns = [_floats(table, name) if name == "volume" else numbers(table[name]) for name in COLUMNS]
    return Stored(meta, time, columns, instrument.min_tick or 0.01)


def frame_columns(frame: "pd.DataFrame", size: str) -> tuple[Ints, list[Floats]]:
    """Times and columns of a frame; raise `UnusableBars` for what it may not hold."""
    import pandas as pd

    index = pd.DatetimeIndex(frame.get("time", frame.index))
    if index.tz is None:
        raise UnusableBars("the frame's times have no zone; localise them, e.g. with .tz_localize('UTC')")
    if missing := [name for name in COLUMNS[:4] if name not in frame]:
        raise UnusableBars(f"the frame has no column {', '.join(missing)}")
    if "final" in frame and not frame["final"].all():
        count = int((~frame["final"].astype(bool)).sum())
        raise UnusableBars(f"{count} of the bars are provisional: they still change; leave them out")
    if "size" in frame and (others := sorted(set(frame["size"]) - {size})):
        raise UnusableBars(f"the frame has bars of {', '.join(others)} among those of {size}")
    time = index.as_unit("ns").asi8
    volume = frame["volume"] if "volume" in frame else np.full(len(frame), np.nan)
    columns = [frame[name] for name in COLUMNS[:4]]
    return np.asarray(time, np.int64), [np.asarray(each, np.float64) for each in (*columns, volume)]


def _authoritative(db: "TimeseriesDB", series: "BarSeries", wanted: Wanted) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    from data_storage.columns import scalar
    from data_storage.layout import FOREVER

    where = (series.contract_id, series.exchange, series.size)
    if wanted.last is not None:
        # One more, which may still run.
        table = db.last_bars(*where, wanted.last + 1, what=series.what, hours=series.hours)
    else:
        start = FOREVER[0] if wanted.start is None else wanted.start
        end = FOREVER[1] if wanted.end is None else wanted.end
        table = db.bars(*where, start, end, what=series.what, hours=series.hours)
    # What we made of ticks differs from what history says, and only that is there for years.
    return table.filter(pc.and_(table["final"], pc.equal(table["source"], scalar(b"history", pa.string()))))


def _series(db: "TimeseriesDB", instrument: "Instrument", size: str, wanted: Wanted) -> "BarSeries":
    from data_storage.layout import BarSeries

    route = instrument.contract_id, instrument.exchange
    all_bars = [each for each in db.series() if isinstance(each, BarSeries)]
    of_contract = [each for each in all_bars if (each.contract_id, each.exchange) == route]
    found = [
        each
        for each in of_contract
        if each.size == size and wanted.what in (None, each.what) and wanted.hours in (None, each.hours)
    ]
    if not found:
        there = ", ".join(sorted({each.size for each in of_contract})) or "none"
        raise NoData(
            f"no bars of {size} are stored of {instrument.ticker} (there are: {there}); "
            "fetch some with: backfill"
        )
    if len(found) > 1:
        kinds = "; ".join(f"{each.what} {each.hours}" for each in found)
        raise BadRequest(
            f"{instrument.ticker} {size}: several are stored ({kinds}); choose with --what, --hours"
        )
    return found[0]


def _floats(table: "pa.Table", name: str) -> Floats:
    """A column that may have nulls, with NaN in their place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from data_storage.columns import numbers, scalar

    return np.asarray(numbers(pc.fill_null(table[name], scalar(float("nan"), pa.float64()))), np.float64)
