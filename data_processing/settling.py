"""The rules of identity applied to the rows of many contracts at once. Pure: tables in, a table out.

`tick_merge` and `bar_merge` know one contract and tell its rows apart by time. Here each pair of contract and
second, or contract and time, gets a number, which stands in the column `time` while they work.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.bar_forms import UpsertReport
from data_processing.bar_merge import judge, merge, pick, reduced
from data_processing.contracts import Coded, Grouped, Ints, coded
from data_processing.recordings import LATE
from data_processing.tick_merge import fold, gone_on
from data_storage.columns import column, numbers, some_rows
from data_storage.columns import ints as ints
from data_storage.tables import BARS, IDS, OPEN, PARTIAL, TICKS, TIME, WHOLE
from market.events import TickType
from market.times import SECOND


def settle_ticks(tables: Sequence[pa.Table], kind: TickType) -> pa.Table:
    """Ticks of any contracts, folded, sorted by contract and time; the columns are those that are stored."""
    rows = pa.concat_tables(tables)
    if rows.num_rows == 0:
        return rows
    codes, routes = coded(rows)
    if len(routes) == 1:
        return fold([rows], kind)
    time = ints(rows, "time")
    first = int(time.min()) // SECOND
    width = int(time.max()) // SECOND - first + 1
    numbers = (codes * width + time // SECOND - first) * SECOND + time % SECOND
    folded = fold([_with_time(rows, numbers)], kind)
    found = ints(folded, "time")
    return _with_time(folded, (found // SECOND % width + first) * SECOND + found % SECOND)


def split(ticks: pa.Table, live: Mapping[int, int]) -> tuple[pa.Table, pa.Table]:
    """Ticks that may be folded for good, and those of seconds that several views tell while one goes on.

    `live` has the recordings that go on and the last second of each.
    """
    # What is split off may be all that tells that a recording went on.
    ticks = gone_on(ticks)
    running = _running(ticks, live)
    second = ints(ticks, "time") // SECOND
    near = np.flatnonzero(np.isin(second, np.unique(second[running])))
    if not len(near):
        return ticks, ticks.slice(0, 0)
    codes, recording = coded(ticks.select(IDS).take(column(near))).codes, ints(ticks, "recording")[near]
    units = np.stack((codes, second[near], numbers(ticks["data_type"])[near]))
    _, unit = np.unique(units, axis=1, return_inverse=True)
    views, _ = np.unique(np.stack((unit, recording)), axis=1)
    held = ((np.bincount(views) > 1) & (np.bincount(unit, running[near]) > 0))[unit]
    # A compaction that failed may have left a row in the log twice.
    keys = np.stack((unit, recording, numbers(ticks["ordinal"])[near]))[:, held]
    _, first = np.unique(keys, axis=1, return_index=True)
    decided = np.ones(ticks.num_rows, bool)
    decided[near[held]] = False
    return ticks.filter(column(decided)), ticks.take(column(near[held][np.sort(first)]))


def _running(ticks: pa.Table, live: Mapping[int, int]) -> npt.NDArray[np.bool_]:
    """Which rows are of seconds to which their recording may still add."""
    known, lasts = (np.array(each, np.int64) for each in zip(*sorted(live.items()), strict=True))
    recording = ints(ticks, "recording")
    place = np.minimum(np.searchsorted(known, recording), len(known) - 1)
    late = ints(ticks, "time") // SECOND >= lasts[place] - LATE
    return np.asarray(late & (known[place] == recording))


def numbered(ticks: pa.Table, codes: Ints | None = None) -> pa.Table:
    """Folded ticks with their places in their second and data type; `codes` tell contracts apart."""
    second, data_type = ints(ticks, "time") // SECOND, ints(ticks, "data_type")
    one = np.zeros(len(second), np.int64) if codes is None else codes
    order = np.lexsort((data_type, second, one)) if np.diff(data_type).any() else np.arange(len(second))
    change = np.diff(one[order]) | np.diff(second[order]) | np.diff(data_type[order])
    starts = np.flatnonzero(np.insert(change != 0, 0, True))[: len(order)]
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return _set(ticks, "ordinal", column(places))


def finished(ticks: pa.Table, live: Collection[int]) -> pa.Table:
    """Folded ticks as two runs that saw the same store them: without the number of a recording that is over.

    Nothing more comes of such a recording, so its last second stays seen in part.
    """
    recording = ints(ticks, "recording")
    over = ~np.isin(recording, list(live))
    if not (recording[over] != 0).any():
        return ticks
    seen = ticks["seen"].to_numpy()
    seen = np.where(over & (seen == OPEN), np.int8(PARTIAL), seen)
    ticks = _set(ticks, "recording", pa.array(np.where(over, 0, recording)))
    return _set(ticks, "seen", pa.array(seen, pa.int8()))


class _Numbered:
    """Bars of any contracts as those of one: a number for each contract and time stands in `time`."""

    def __init__(self, stored: pa.Table, offered: pa.Table) -> None:
        self._codes, self._routes = coded(pa.concat_tables([stored.select(IDS), offered.select(IDS)]))
        times = np.concatenate((ints(stored, "time"), ints(offered, "time")))
        self._times, place = np.unique(times, return_inverse=True)
        numbers = self._codes * len(self._times) + place
        split = stored.num_rows
        self.stored = _with_time(stored.drop_columns(list(IDS)), numbers[:split])
        self.offered = _with_time(offered.drop_columns(list(IDS)), numbers[split:])

    def restored(self, table: pa.Table) -> pa.Table:
        """A table of such bars with contracts and times again."""
        width = max(1, len(self._times))
        numbers = ints(table, "time")
        times = self._times[numbers % width] if len(numbers) else numbers
        return with_routes(_with_time(table, times), Coded(numbers // width, self._routes))


def settle_bars(stored: pa.Table, offered: pa.Table) -> pa.Table:
    """Bars of any contracts: `stored` ones, settled and sorted by contract, time and version, and others."""
    bars = _Numbered(stored, offered)
    merged, _ = merge(bars.stored, reduced(bars.offered))
    return bars.restored(merged)


def judge_bars(stored: pa.Table, offered: pa.Table) -> tuple[npt.NDArray[np.bool_], UpsertReport]:
    """As `bar_merge.judge`, for bars of any contracts."""
    bars = _Numbered(stored, offered)
    return judge(bars.stored, bars.offered)


def pick_bars(bars: pa.Table, known: str) -> pa.Table:
    """As `bar_merge.pick`, for settled bars of any contracts."""
    if not ints(bars, "version").any():
        return bars
    numbered = _Numbered(bars, bars.slice(0, 0))
    return numbered.restored(pick(numbered.stored, known))


def with_whole(ticks: pa.Table) -> pa.Table:
    """Ticks as readers have them: whether all of its second was seen, in place of how much of it."""
    whole = numbers(ticks["seen"]) >= WHOLE
    return ticks.set_column(ticks.schema.get_field_index("seen"), "whole", column(whole))


def with_routes(table: pa.Table, of: Coded) -> pa.Table:
    """The table with its contracts in front, as it is stored."""
    ids = pa.array([route[0] for route in of.routes], pa.int64())
    exchanges = pa.array([route[1] for route in of.routes], pa.string())
    codes = pa.array(of.codes)
    columns = [ids.take(codes), exchanges.take(codes), *table.columns]
    return pa.table(columns, names=[*IDS, *table.column_names])


def distinct_bars(rows: Grouped) -> bool:
    """Whether grouped bars are in the order of the files, and none has two forms."""
    step = np.diff(ints(rows.table, "time"))
    step[rows.bounds[1:-1] - 1] = 1
    return bool((step > 0).all())


def between(table: pa.Table, start: int, end: int) -> pa.Table:
    """The rows of [start, end) of a table that is sorted by time; a few do not keep the others in memory."""
    first, last = np.searchsorted(ints(table, "time"), [start, end]).tolist()
    return some_rows(table, first, last - first)


def empty(section: str) -> pa.Table:
    """No rows, with the columns of one contract's."""
    return pa.Table.from_batches([], BARS if section.startswith("bars/") else TICKS[kind_in(section)])


def kind_in(section: str) -> TickType:
    """The kind of ticks in a section."""
    kind = section.split("/")[1]
    found: dict[str, TickType] = {name: name for name in TICKS}
    return found[kind]


def _with_time(table: pa.Table, values: Ints) -> pa.Table:
    return _set(table, "time", column(values).cast(TIME))


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    index = table.schema.get_field_index(name)
    return table.set_column(index, table.schema.field(index), values)
