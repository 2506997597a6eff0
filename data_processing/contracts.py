"""The contracts among the rows of a table: who they are, and the rows of each together."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_storage.columns import column, one_piece

Ints = npt.NDArray[np.int64]
Route = tuple[int, str]
"""Contract id and exchange: what is subscribed and stored."""


class Coded(NamedTuple):
    """`codes` has a number for each row, which is the place of its contract in the sorted `routes`."""

    codes: Ints
    routes: list[Route]


class Grouped(NamedTuple):
    """A table with the rows of each contract together.

    Those of `routes[i]` are [`bounds[i]`, `bounds[i + 1]`).
    """

    table: pa.Table
    routes: list[Route]
    bounds: Ints


def coded(table: pa.Table) -> Coded:
    """Number the contracts of a table with the columns `contract_id` and `exchange`."""
    if table.num_rows == 0:
        return Coded(np.empty(0, np.int64), [])
    ids, found = _encoded(table["contract_id"])
    exchanges, words = _encoded(table["exchange"])
    known, names = np.asarray(np.from_dlpack(found)), words.to_pylist()
    width = len(names)
    pairs = ids.astype(np.int64) * width + exchanges if width > 1 else ids
    present = np.flatnonzero(np.bincount(pairs, minlength=1))
    id_of, word_of = known[present // width], present % width
    place = np.empty(width, np.int64)
    place[sorted(range(width), key=names.__getitem__)] = np.arange(width)
    order = np.lexsort((place[word_of], id_of))
    code_of_pair = np.zeros(len(known) * width, np.int64)
    code_of_pair[present[order]] = np.arange(len(order))
    of_route = zip(id_of[order].tolist(), word_of[order].tolist(), strict=True)
    return Coded(code_of_pair[pairs], [(id_, names[word]) for id_, word in of_route])


def grouped(table: pa.Table) -> Grouped:
    """Bring the rows of each contract together; among themselves they keep their order."""
    codes, routes = coded(table)
    bounds = np.zeros(len(routes) + 1, np.int64)
    np.cumsum(np.bincount(codes, minlength=len(routes)), out=bounds[1:])
    if len(routes) > 1 and (np.diff(codes) < 0).any():
        table = table.take(column(np.argsort(narrow(Coded(codes, routes)), kind="stable")))
    return Grouped(table, routes, bounds)


def narrow(contracts: Coded) -> npt.NDArray[Any]:
    """The codes in a short type: such are sorted by radix, in a fraction of the time."""
    return contracts.codes.astype(np.uint16 if len(contracts.routes) < 2**16 else np.uint64)


def _encoded(values: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], pa.Array]:
    encoded = one_piece(values).dictionary_encode()
    return np.asarray(np.from_dlpack(encoded.indices), np.int32), encoded.dictionary
