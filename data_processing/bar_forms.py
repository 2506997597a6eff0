"""Forms of bars as arrays, and which of them remain: the rules of `bar_merge`, for many bars at once."""

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_storage.columns import Ints, ints, numbers, one_piece

VALUES = ("open", "high", "low", "close", "volume", "average", "count")
PARTIAL, RUNNING, COMPLETE, AUTHORITATIVE = 0, 1, 2, 3
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class UpsertReport(msgspec.Struct, frozen=True):
    """What became of the bars offered.

    `new` had no bar at their time, `confirmed` replaced a provisional form or one of lower rank, such as our
    own from ticks, `revised` changed the values of a final bar of the same rank, `unchanged` were known
    already or outranked.
    """

    new: int = 0
    confirmed: int = 0
    revised: int = 0
    unchanged: int = 0

    def __add__(self, other: "UpsertReport") -> "UpsertReport":
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return UpsertReport(*(mine + theirs for mine, theirs in pairs))


class Forms(NamedTuple):
    """Bars as arrays: values (a column each, nan where missing), ranks, and when we knew."""

    values: Floats
    rank: Ints
    known: Ints

    @classmethod
    def of(cls, bars: pa.Table) -> "Forms":
        values = np.stack([_floats(bars[name]) for name in VALUES], axis=1)
        return cls(values, ranks(bars), ints(bars, "known_at"))

    def take(self, rows: Ints) -> "Forms":
        """Some of the rows."""
        return Forms(self.values[rows], self.rank[rows], self.known[rows])

    def reaching(self, count: int) -> "Forms":
        """The same rows with room for `count`."""
        have = len(self.rank)
        if have >= count:
            return self
        more = 2 * count - have
        values = np.pad(self.values, ((0, more), (0, 0)))
        return Forms(values, np.pad(self.rank, (0, more)), np.pad(self.known, (0, more)))

    def then(self, more: "Forms") -> "Forms":
        """These rows and after them others."""
        return Forms(*(np.concatenate(each) for each in zip(self, more, strict=True)))

    def same_values(self, rows: Ints, others: Ints) -> Bools:
        """Whether rows say what others say; what is missing equals what is missing."""
        mine, theirs = self.values[rows], self.values[others]
        return np.asarray(((mine == theirs) | (np.isnan(mine) & np.isnan(theirs))).all(axis=1))


class Remains(NamedTuple):
    """What is left of some forms, and which of them changed something as they came."""

    kept: Bools
    changed: Bools
    report: UpsertReport


class _Outcome(NamedTuple):
    new: Bools
    confirmed: Bools
    revised: Bools
    unchanged: Bools


def remaining(forms: Forms, top: Ints, first: Ints, sizes: Ints) -> Remains:
    """Let forms come to their bars: to bar i come `sizes[i]` rows from row `first[i]` on.

    `top` has the row of the form of each bar that holds before, -1 where there is none. None that comes was
    known before the one that it meets.
    """
    top = top.copy()
    kept, changed = np.zeros(len(forms.rank), bool), np.zeros(len(forms.rank), bool)
    kept[top[top >= 0]] = True
    report = UpsertReport()
    for number in range(int(sizes.max(initial=0))):
        bars = np.flatnonzero(sizes > number)
        row, before = first[bars] + number, top[bars]
        found, replaced = _met(forms, row, before)
        kept[before[replaced]] = False
        taken = ~found.unchanged
        kept[row[taken]] = changed[row[taken]] = True
        top[bars[taken]] = row[taken]
        report += UpsertReport(*(int(np.count_nonzero(each)) for each in found))
    return Remains(kept, changed, report)


def _met(forms: Forms, row: Ints, before: Ints) -> tuple[_Outcome, Bools]:
    """What becomes of forms that meet those before them, and which of these leave no trace."""
    there = before >= 0
    same, rank, least = forms.same_values(row, before), forms.rank[row], forms.rank[before]
    unchanged = there & ((rank < least) | (same & (rank == least)))
    replaced = there & ~unchanged & (same | (least < COMPLETE))
    revised = there & ~unchanged & ~replaced & (rank == least)
    return _Outcome(~there, there & ~unchanged & ~revised, revised, unchanged), replaced


def ranks(table: pa.Table) -> Ints:
    """The rank of each row, see `data_processing.bar_merge`."""
    sources = one_piece(table["source"]).dictionary_encode()
    words, codes = sources.dictionary.to_pylist(), np.asarray(np.from_dlpack(sources.indices))
    settled = np.array([AUTHORITATIVE if word == "history" else COMPLETE for word in words], np.int64)[codes]
    if all_true(table["final"]):
        return np.asarray(settled)
    provisional = np.array([PARTIAL if word == "ticks" else RUNNING for word in words], np.int64)[codes]
    return np.asarray(np.where(table["final"].to_numpy(), settled, provisional))


def all_true(truths: pa.ChunkedArray) -> bool:
    """Whether all of them are true."""
    return all(chunk.true_count == len(chunk) for chunk in truths.chunks)


def _floats(values: pa.ChunkedArray) -> Floats:
    if values.null_count:
        return np.asarray(values.cast(pa.float64()).to_numpy())
    return np.asarray(numbers(values), np.float64)
