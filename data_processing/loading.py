"""The short way of many rows into a new file: sorted once, and completed only as they are written.

It gives the very rows that the rules of identity would, which have nothing to decide where each bar has one
form and all ticks are of one answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.contracts import Coded, Ints, coded, narrow
from data_processing.given_tables import Given
from data_processing.settling import ints
from data_storage.columns import column, one_piece
from data_storage.file_index import Entry
from data_storage.tables import IDS, TIME, WORDS
from market.times import SECOND

_CHUNK_ROWS = 250_000
Chunk = tuple[pa.Table, list[Entry]]


def chunks(given: Given, *, bars: bool) -> Iterator[Chunk] | None:
    """Sorted rows, some contracts at a time, as they are stored; `None` where something is to be decided."""
    if not bars and "data_type" in given.rows.column_names:
        return None
    contracts, times = coded(given.rows), ints(given.rows, "time")
    order = _order(contracts, times)
    times = times[order]
    bounds = np.zeros(len(contracts.routes) + 1, np.int64)
    np.cumsum(np.bincount(contracts.codes, minlength=len(contracts.routes)), out=bounds[1:])
    if bars and not _distinct(times, bounds):
        return None
    # What has no number of a recording was seen by one that is over.
    given = given._replace(constants={**given.constants, "recording": 0})
    columns = _taken(
        given.rows, [n for n in given.rows.column_names if n not in (*IDS, "time", "ordinal")], order
    )
    columns["time"] = column(times).cast(TIME)
    if not bars:
        columns["ordinal"] = column(_places(times, bounds))
    return _chunks(given, contracts, columns, times, bounds.tolist())


def _chunks(
    given: Given, contracts: Coded, columns: Mapping[str, pa.Array], times: Ints, bounds: Sequence[int]
) -> Iterator[Chunk]:
    portions = list(_portions(bounds))
    longest = max((bounds[last] - bounds[first] for first, last in portions), default=0)
    fields = [_encoded(field) for field in given.schema]
    same = {
        field.name: given.constant(field.name, field.type, longest)
        for field in fields
        if field.name not in (*IDS, *columns)
    }
    for first, last in portions:
        begin, count = bounds[first], bounds[last] - bounds[first]
        part = _ids(contracts, first, bounds[first : last + 1])
        part |= {name: values.slice(0, count) for name, values in same.items()}
        part |= {name: values.slice(begin, count) for name, values in columns.items()}
        entries = [
            Entry(*contracts.routes[i], start - begin, stop - start, int(times[start]), int(times[stop - 1]))
            for i, (start, stop) in enumerate(pairwise(bounds[first : last + 1]), first)
        ]
        yield pa.Table.from_arrays([part[field.name] for field in fields], schema=pa.schema(fields)), entries


def _portions(bounds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Contracts [first, last) with so many rows together, at least one."""
    first = 0
    for last in range(1, len(bounds)):
        if last + 1 == len(bounds) or bounds[last + 1] - bounds[first] > _CHUNK_ROWS:
            yield first, last
            first = last


def _ids(contracts: Coded, first: int, bounds: Sequence[int]) -> dict[str, pa.Array]:
    counts = np.diff(bounds)
    routes = contracts.routes[first : first + len(counts)]
    exchanges = sorted({route[1] for route in routes})
    places = np.array([exchanges.index(route[1]) for route in routes], np.int32)
    ids = np.array([route[0] for route in routes], np.int64)
    return {
        "contract_id": column(np.repeat(ids, counts)),
        "exchange": pa.DictionaryArray.from_arrays(np.repeat(places, counts), exchanges),
    }


def _order(contracts: Coded, times: Ints) -> Ints:
    codes = narrow(contracts)
    if (times[1:] >= times[:-1]).all():
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


def _taken(rows: pa.Table, names: Sequence[str], order: Ints) -> dict[str, pa.Array]:
    places = column(order)
    # Numbers of words are moved faster than words, and written as they are.
    pieces = {name: one_piece(rows[name]) for name in names}
    return {
        name: (each.dictionary_encode() if pa.types.is_string(each.type) else each).take(places)
        for name, each in pieces.items()
    }


def _encoded(field: pa.Field) -> pa.Field:
    return field.with_type(WORDS) if pa.types.is_string(field.type) else field
