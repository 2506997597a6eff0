"""The short way of many rows into a new file: sorted once, and completed only as they are written.

It gives the very rows that the rules of identity would, which have nothing to decide where each bar has one
form and all ticks are of one answer.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.contracts import Coded, Ints, coded, narrow
from data_processing.given_tables import Given
from data_processing.settling import ints
from data_storage.parquet_files import Entry
from data_storage.tables import IDS
from market.times import SECOND

_CHUNK_ROWS = 250_000
Chunk = tuple[pa.Table, list[Entry]]


def chunks(given: Given, *, bars: bool) -> Iterator[Chunk] | None:
    """Sorted rows, some contracts at a time, as they are stored; `None` where something is to be decided."""
    contracts = coded(given.rows)
    order = _order(contracts, ints(given.rows, "time"))
    times = ints(given.rows, "time")[order]
    bounds = np.zeros(len(contracts.routes) + 1, np.int64)
    np.cumsum(np.bincount(contracts.codes, minlength=len(contracts.routes)), out=bounds[1:])
    if bars and not _distinct(times, bounds):
        return None
    if not bars and "data_type" in given.rows.column_names:
        return None
    # What has no number of a recording was seen by one that is over.
    given = given._replace(constants={**given.constants, "recording": 0})
    places = None if bars else _places(times, bounds)
    names = [name for name in given.rows.column_names if name not in (*IDS, "time", "ordinal")]
    rows = _taken(given.rows.select(names), order)
    return _chunks(given, contracts, rows, times, places, bounds.tolist())


def _chunks(
    given: Given,
    contracts: Coded,
    rows: pa.Table,
    times: Ints,
    places: npt.NDArray[np.int32] | None,
    bounds: Sequence[int],
) -> Iterator[Chunk]:
    first = 0
    for last in range(1, len(bounds)):
        if last + 1 < len(bounds) and bounds[last + 1] - bounds[first] <= _CHUNK_ROWS:
            continue
        begin, end = bounds[first], bounds[last]
        part = rows.slice(begin, end - begin)
        columns = _ids(contracts, first, bounds[first : last + 1])
        columns["time"] = pa.array(times[begin:end]).cast(given.schema.field("time").type)
        if places is not None:
            columns["ordinal"] = pa.array(places[begin:end], pa.int32())
        for name, column in columns.items():
            part = part.append_column(name, column)
        entries = [
            Entry(*contracts.routes[i], start - begin, stop - start, int(times[start]), int(times[stop - 1]))
            for i, (start, stop) in enumerate(pairwise(bounds[first : last + 1]), first)
        ]
        yield given.complete(part, encoded=True), entries
        first = last


def _ids(contracts: Coded, first: int, bounds: Sequence[int]) -> dict[str, pa.Array]:
    counts = np.diff(bounds)
    routes = contracts.routes[first : first + len(counts)]
    exchanges = sorted({route[1] for route in routes})
    places = np.array([exchanges.index(route[1]) for route in routes], np.int32)
    ids = np.array([route[0] for route in routes], np.int64)
    return {
        "contract_id": pa.array(np.repeat(ids, counts)),
        "exchange": pa.DictionaryArray.from_arrays(np.repeat(places, counts), exchanges),
    }


def _order(contracts: Coded, times: Ints) -> Ints:
    codes = narrow(contracts)
    if (np.diff(times) >= 0).all():
        return np.argsort(codes, kind="stable")
    return np.lexsort((times, codes))


def _distinct(times: Ints, bounds: Ints) -> bool:
    step = np.diff(times)
    step[bounds[1:-1] - 1] = 1
    return bool((step > 0).all())


def _places(times: Ints, bounds: Ints) -> npt.NDArray[np.int32]:
    """The place of each tick in its second."""
    second = times // SECOND
    first = np.empty(len(second), bool)
    first[:1] = True
    np.not_equal(second[1:], second[:-1], out=first[1:])
    first[bounds[:-1]] = True
    starts = np.flatnonzero(first)
    places = np.arange(len(second), dtype=np.int32)
    places -= np.repeat(starts.astype(np.int32), np.diff(np.append(starts, len(second))))
    return places


def _taken(rows: pa.Table, order: Ints) -> pa.Table:
    columns = {}
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        # Numbers of words are moved faster than words, and written as they are.
        columns[name] = column.dictionary_encode() if pa.types.is_string(column.type) else column
    return pa.table(columns).take(pa.array(order)) if columns else pa.table({"none": order}).select([])
