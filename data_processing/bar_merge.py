"""Which of several forms of a bar is the one to believe. Pure: tables in, tables out.

A bar has one of four ranks:

====  ==============  ==========================================================================
rank  name            what
====  ==============  ==========================================================================
3     authoritative   `final`, from a historical answer
2     complete        `final`, from ticks, 5-second bars or a keep-up-to-date request
1     running         not `final`, from IB, who saw it from its start
0     partial         not `final`, from ticks, which may have begun or ended within it
====  ==============  ==========================================================================

A higher rank replaces a lower one, never the other way round, whichever comes first; among equals the one
received later holds. A form of the two lower ranks is provisional and leaves no trace. A final one that is
replaced by other values stays in the file as an earlier `version`: what was known at the time. Equal values
change nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_storage.columns import column, ints, numbers
from data_storage.tables import BARS

VALUES = ("open", "high", "low", "close", "volume", "average", "count")
# Arrow would give timestamps as pandas objects, slowly.
_INTEGER_TIMES = pa.schema([(f.name, pa.int64() if pa.types.is_timestamp(f.type) else f.type) for f in BARS])
Row = dict[str, Any]  # a row of the table as Arrow gives it; the values are of several types


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


def merge(stored: pa.Table, offered: pa.Table) -> tuple[pa.Table, UpsertReport]:
    """Settle `offered` rows, of any order, into `stored`, which is sorted by time and version.

    The first item is `stored` itself when nothing changed.
    """
    verdict = _sort_out(stored, offered)
    slow, report = _settle_all(stored, offered, verdict)
    times, slow_times = ints(stored, "time"), ints(slow, "time")
    if not report.new and slow.num_rows == 0:
        return stored, report
    kept = stored.filter(pa.array(~np.isin(times, slow_times)))
    merged = pa.concat_tables([kept, offered.filter(pa.array(verdict == _NEW)), slow])
    order = np.lexsort((merged["version"].to_numpy(), ints(merged, "time")))
    return merged.take(pa.array(order)), report


def judge(stored: pa.Table, offered: pa.Table) -> tuple[npt.NDArray[np.bool_], UpsertReport]:
    """Which of the `offered` rows would change something in `stored`, and what would become of them."""
    verdict = _sort_out(stored, offered)
    _, report = _settle_all(stored, offered, verdict)
    return verdict != _UNCHANGED, report


def reduced(offered: pa.Table) -> pa.Table:
    """Without the provisional forms among `offered` that leave no trace once all of them are settled."""
    rank = ranks(offered)
    if not (rank < COMPLETE).any():
        return offered
    times = ints(offered, "time")
    order = np.lexsort((ints(offered, "known_at"), times))
    # Whatever follows with no lower rank takes its place, unless it says the same, which changes nothing.
    followed = (np.diff(times[order]) == 0) & (np.diff(rank[order]) >= 0)
    same = _equal(*(offered.take(pa.array(part)) for part in (order[:-1], order[1:])))
    gone = np.append(followed & ~same, False) & (rank[order] < COMPLETE)
    return offered.take(pa.array(np.sort(order[~gone])))


def pick(table: pa.Table, known: str) -> pa.Table:
    """One row per time: the `latest` version or the `first`."""
    # Where a bar has several versions one of them is not the first.
    if not numbers(table["version"]).any():
        return table
    times = ints(table, "time")
    change = times[1:] != times[:-1]
    edge = np.append(change, True) if known == "latest" else np.insert(change, 0, True)
    return table if edge.all() else table.filter(column(edge))


_NEW, _UNCHANGED, _SLOW = 0, 1, 2
_PARTIAL, _RUNNING, COMPLETE, _AUTHORITATIVE = 0, 1, 2, 3


def _sort_out(stored: pa.Table, offered: pa.Table) -> npt.NDArray[np.int8]:
    """The outcome of each offered row where it is plain; the others are settled one by one."""
    latest = pick(stored, "latest")
    times, wanted = ints(latest, "time"), ints(offered, "time")
    verdict = np.full(len(wanted), _SLOW, np.int8)
    unique = _once(wanted)
    place = np.searchsorted(times, wanted)
    there = np.zeros(len(wanted), bool)
    inside = place < len(times)
    there[inside] = times[place[inside]] == wanted[inside]
    verdict[unique & ~there] = _NEW
    candidates = np.flatnonzero(unique & there)
    if len(candidates):
        top, new = latest.take(pa.array(place[candidates])), offered.take(pa.array(candidates))
        rank, above = ranks(new), ranks(top)
        later = ints(new, "known_at") >= ints(top, "known_at")
        outranked = (rank < above) & ((rank < COMPLETE) | later)
        verdict[candidates[outranked | (_equal(top, new) & (rank <= above) & later)]] = _UNCHANGED
    return verdict


def _settle_all(
    stored: pa.Table, offered: pa.Table, verdict: npt.NDArray[np.int8]
) -> tuple[pa.Table, UpsertReport]:
    new, unchanged = int((verdict == _NEW).sum()), int((verdict == _UNCHANGED).sum())
    report = UpsertReport(new=new, unchanged=unchanged)
    slow = offered.filter(pa.array(verdict == _SLOW))
    touched = stored.filter(pa.array(np.isin(ints(stored, "time"), ints(slow, "time"))))
    before = dict[Any, list[Row]]()
    for row in _rows(touched):
        before.setdefault(row["time"], []).append(row)
    after = dict(before)
    for row in _rows(slow):
        versions = after.get(row["time"], [])
        after[row["time"]] = settle([*versions, row])
        report += _outcome(versions, after[row["time"]])
    rows = [r for time, versions in after.items() if versions != before.get(time) for r in versions]
    return pa.Table.from_pylist(rows, schema=_INTEGER_TIMES).cast(BARS), report


def settle(forms: Sequence[Row]) -> list[Row]:
    """The versions that remain of all forms of one bar, numbered, the one to believe last."""
    kept = list[Row]()
    for form in sorted(forms, key=lambda row: row["known_at"]):
        if kept and rank(form) < rank(kept[-1]):
            continue
        same = bool(kept) and all(kept[-1][name] == form[name] for name in VALUES)
        if kept and same and rank(form) == rank(kept[-1]):
            continue
        if kept and (same or rank(kept[-1]) < COMPLETE):
            kept.pop()
        kept.append(form)
    return [row | {"version": number} for number, row in enumerate(kept)]


def rank(row: Row) -> int:
    """The rank of a row, see the table above."""
    if not row["final"]:
        return _PARTIAL if row["source"] == "ticks" else _RUNNING
    return _AUTHORITATIVE if row["source"] == "history" else COMPLETE


def _outcome(before: Sequence[Row], after: Sequence[Row]) -> UpsertReport:
    if not before:
        return UpsertReport(new=1)
    if list(before) == list(after):
        return UpsertReport(unchanged=1)
    revised = _revisions(after) > _revisions(before)
    return UpsertReport(revised=1) if revised else UpsertReport(confirmed=1)


def _revisions(versions: Sequence[Row]) -> int:
    return sum(rank(old) == rank(new) for old, new in pairwise(versions))


def _rows(table: pa.Table) -> list[Row]:
    return list(table.cast(_INTEGER_TIMES).to_pylist())


def _once(times: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each time occurs only once."""
    _, inverse, counts = np.unique(times, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] == 1)


def ranks(table: pa.Table) -> npt.NDArray[np.int64]:
    """The rank of each row, see the table above."""
    final = table["final"].to_numpy()
    source = table["source"].combine_chunks().dictionary_encode()
    words, codes = source.dictionary.to_pylist(), np.asarray(source.indices)
    provisional = np.array([_PARTIAL if word == "ticks" else _RUNNING for word in words], np.int64)
    settled = np.array([_AUTHORITATIVE if word == "history" else COMPLETE for word in words], np.int64)
    return np.asarray(np.where(final, settled[codes], provisional[codes]))


def _equal(a: pa.Table, b: pa.Table) -> npt.NDArray[np.bool_]:
    same = np.ones(a.num_rows, bool)
    for name in VALUES:
        x, y = (t[name].cast(pa.float64()).to_numpy() for t in (a, b))
        same &= (x == y) | (np.isnan(x) & np.isnan(y))
    return same
