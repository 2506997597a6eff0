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
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.bar_forms import (
    AUTHORITATIVE,
    COMPLETE,
    PARTIAL,
    RUNNING,
    VALUES,
    Forms,
    UpsertReport,
    all_true,
    remaining,
)
from data_storage.columns import Ints, column, ints, numbers
from data_storage.tables import BARS

# Arrow would give timestamps as pandas objects, slowly.
_INTEGER_TIMES = pa.schema([(f.name, pa.int64() if pa.types.is_timestamp(f.type) else f.type) for f in BARS])
Row = dict[str, Any]  # a row of the table as Arrow gives it; the values are of several types


def merge(stored: pa.Table, offered: pa.Table) -> tuple[pa.Table, UpsertReport]:
    """Settle `offered` rows, of any order, into `stored`, which is sorted by time and version.

    The first item is `stored` itself when nothing changed.
    """
    found = _Bars(stored, offered).settle()
    if not (len(found.rows) or found.slow.num_rows):
        return stored, found.report
    kept = stored.filter(column(found.kept))
    merged = pa.concat_tables([kept, offered.take(column(found.rows)), found.slow])
    # Of each time the earlier versions come first already.
    order = np.argsort(ints(merged, "time"), kind="stable")
    merged = merged.take(column(order))
    change = np.diff(ints(merged, "time")) != 0
    starts = np.flatnonzero(np.insert(change, 0, True))
    version = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    index = merged.schema.get_field_index("version")
    return merged.set_column(index, BARS.field("version"), column(version.astype(np.int32))), found.report


def judge(stored: pa.Table, offered: pa.Table) -> tuple[npt.NDArray[np.bool_], UpsertReport]:
    """Which of the `offered` rows would change something in `stored`, and what would become of them."""
    found = _Bars(stored, offered).settle()
    return found.changed, found.report


def reduced(offered: pa.Table) -> pa.Table:
    """Without the provisional forms among `offered` that leave no trace once all of them are settled."""
    if all_true(offered["final"]):
        return offered
    forms = Forms.of(offered)
    times = ints(offered, "time")
    order = np.lexsort((forms.known, times))
    rank, earlier, later = forms.rank[order], order[:-1], order[1:]
    # Whatever follows with no lower rank takes its place, unless it says the same, which changes nothing.
    followed = (np.diff(times[order]) == 0) & (np.diff(rank) >= 0)
    gone = np.append(followed & ~forms.same_values(earlier, later), False) & (rank < COMPLETE)
    return offered.take(column(np.sort(order[~gone])))


def pick(table: pa.Table, known: str) -> pa.Table:
    """One row per time: the `latest` version or the `first`."""
    # Where a bar has several versions one of them is not the first.
    if not numbers(table["version"]).any():
        return table
    times = ints(table, "time")
    change = times[1:] != times[:-1]
    edge = np.append(change, True) if known == "latest" else np.insert(change, 0, True)
    return table if edge.all() else table.filter(column(edge))


class _Settled(NamedTuple):
    """What stays of the rows stored, which of those offered follow, and bars that were settled one by one."""

    kept: npt.NDArray[np.bool_]
    rows: Ints
    slow: pa.Table
    changed: npt.NDArray[np.bool_]
    report: UpsertReport


class _Bars:
    """The rows offered, bar by bar in the order they came, beside the form of each bar that is stored."""

    def __init__(self, stored: pa.Table, offered: pa.Table) -> None:
        self.stored, self.offered = stored, offered
        self.before, wanted = ints(stored, "time"), ints(offered, "time")
        self.order = np.argsort(wanted, kind="stable")
        self.times = wanted[self.order]
        self.starts = np.flatnonzero(np.insert(np.diff(self.times) != 0, 0, True))[: len(self.order)]
        self.sizes = np.diff(np.append(self.starts, len(self.order)))
        self.place = np.searchsorted(self.before, self.times[self.starts], "right") - 1
        self.there = self.place >= 0
        known = self.before[self.place[self.there]]
        self.there[self.there] = known == self.times[self.starts][self.there]

    def settle(self) -> _Settled:
        held = self.place[self.there]
        if not len(held) and len(self.starts) == len(self.order):
            every = np.ones(len(self.order), bool)
            kept, none = np.ones(len(self.before), bool), self.stored.slice(0, 0)
            return _Settled(kept, self.order, none, every, UpsertReport(new=len(every)))
        forms = Forms.of(self.offered).take(self.order)
        if count := len(held):
            forms = Forms.of(self.stored.take(column(held))).then(forms)
        top = np.full(len(self.starts), -1)
        top[self.there] = np.arange(count)
        late = self._late(forms.known, count)
        sizes = np.where(late, 0, self.sizes)
        found = remaining(forms, top, self.starts + count, sizes)
        kept, changed = np.ones(len(self.before), bool), np.empty(len(self.order), bool)
        kept[held], changed[self.order] = found.kept[:count], found.changed[count:]
        rows, slow, report = self.order[found.kept[count:]], self.stored.slice(0, 0), found.report
        if late.any():
            slow, more = self._settle_late(late, kept, changed)
            report += more
        return _Settled(kept, rows, slow, changed, report)

    def _late(self, known: Ints, count: int) -> npt.NDArray[np.bool_]:
        """The bars of which a form came that was known before one that it meets."""
        late, offered = np.zeros(len(self.starts), bool), known[count:]
        late[self.there] = offered[self.starts[self.there]] < known[:count]
        back = (np.diff(offered) < 0) & (np.diff(self.times) == 0)
        late[np.searchsorted(self.starts, np.flatnonzero(back), "right") - 1] = True
        return late

    def _settle_late(
        self, late: npt.NDArray[np.bool_], kept: npt.NDArray[np.bool_], changed: npt.NDArray[np.bool_]
    ) -> tuple[pa.Table, UpsertReport]:
        """The bars that changed, with all their versions; they are taken out of `kept`."""
        mine = np.sort(self.order[np.repeat(late, self.sizes)])
        touched = self.stored.filter(column(np.isin(self.before, self.times[self.starts[late]])))
        slow, outcomes = _settle_rows(touched, self.offered.take(column(mine)))
        changed[mine] = [not each.unchanged for each in outcomes]
        kept &= ~np.isin(self.before, ints(slow, "time"))
        return slow, sum(outcomes, UpsertReport())


def _settle_rows(touched: pa.Table, offered: pa.Table) -> tuple[pa.Table, list[UpsertReport]]:
    """The bars that change, with all their versions, and what becomes of each row offered."""
    outcomes, before = list[UpsertReport](), dict[Any, list[Row]]()
    for row in _rows(touched):
        before.setdefault(row["time"], []).append(row)
    after = dict(before)
    for row in _rows(offered):
        versions = after.get(row["time"], [])
        after[row["time"]] = settle([*versions, row])
        outcomes.append(_outcome(versions, after[row["time"]]))
    rows = [r for time, versions in after.items() if versions != before.get(time) for r in versions]
    return pa.Table.from_pylist(rows, schema=_INTEGER_TIMES).cast(BARS), outcomes


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
        return PARTIAL if row["source"] == "ticks" else RUNNING
    return AUTHORITATIVE if row["source"] == "history" else COMPLETE


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
