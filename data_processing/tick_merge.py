"""Which view of a second to believe, tick by tick. Pure: tables in, a table out.

IB's ticks have no id, and identical ticks in one second are legal, so nothing is ever compared to find
duplicates. The unit is the whole second of one data type, seen by one *recording*: the live stream from a
join to a cut, or one historical answer. Within a recording a tick is known by second and ordinal. Of several
recordings of a second exactly one is kept, so no second mixes two sources:

* one that filled a hole wins over all others: whatever streamed near an outage is in doubt, also where it
  looks whole; of two such that differ the later stays;
* one that saw the second whole wins over one that saw a part (joined or cut within it, or still running);
* of two whole ones a live one wins over a historical answer, from which IB has left out prints away from the
  market; of two live ones the first stays, of two answers that differ the later;
* of two parts the fuller wins, the earlier when they are equal.

Where two whole views of one rank differ in count or volume the second is marked `disputed`.

Which view wins may change as long as a stream is in the second, so no view is forgotten before it has gone
on: see `settling.split`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_storage.columns import column, ints, numbers
from data_storage.tables import OPEN, WHOLE, values_of
from market.events import TickType
from market.times import SECOND

Ints = npt.NDArray[np.int64]


def fold(tables: Sequence[pa.Table], kind: TickType) -> pa.Table:
    """Settle the rows of all tables of one day; the answer is sorted by time and ordinal.

    `fold` of its own answer, with or without any of the tables again, changes nothing: a crash between
    writing the merged file and removing its parts does no harm.
    """
    rows = pa.concat_tables(tables)
    if rows.num_rows == 0:
        return rows
    if _is_one_view(rows):
        return gone_on(rows)
    rows = _sorted(rows)
    views = _Views(rows, kind)
    keep, disputed = views.settle()
    rows = _replace(rows, "seen", views.seen[views.of_row])
    rows = _replace(rows, "disputed", disputed[views.of_row]).filter(column(keep[views.of_row]))
    order = np.lexsort((numbers(rows["ordinal"]), numbers(rows["data_type"]), ints(rows, "time")))
    return rows.take(column(order))


def gone_on(rows: pa.Table) -> pa.Table:
    """Rows with the seconds whole that were open and that their recordings went on from."""
    second, recording = ints(rows, "time") // SECOND, ints(rows, "recording")
    return _replace(rows, "seen", _seen(numbers(rows["seen"]), second, recording))


def _is_one_view(rows: pa.Table) -> bool:
    """Whether the rows are of one recording and data type and in their order: all of them stay."""
    if any(np.ptp(ints(rows, name)) for name in ("recording", "data_type")):
        return False
    time, ordinal = ints(rows, "time"), ints(rows, "ordinal")
    later = np.diff(time // SECOND) > 0
    return bool(((later | (np.diff(ordinal) > 0)) & (np.diff(time) >= 0)).all())


def disputed_seconds(table: pa.Table) -> int:
    """How many seconds of a folded table two whole views tell differently."""
    disputed = table.filter(table["disputed"])
    seconds = ints(disputed, "time") // SECOND
    return len(np.unique(np.stack((seconds, disputed["data_type"].to_numpy())), axis=1).T)


class _Views:
    """The rows grouped into views, one per second, data type and recording; the arrays hold one item each."""

    def __init__(self, rows: pa.Table, kind: TickType) -> None:
        second, recording = ints(rows, "time") // SECOND, ints(rows, "recording")
        data_type = numbers(rows["data_type"])
        change = np.diff(second) | np.diff(data_type) | np.diff(recording)
        self.start = np.flatnonzero(np.insert(change != 0, 0, True))
        self.of_row = np.cumsum(np.insert(change != 0, 0, False))
        self.count = np.diff(np.append(self.start, len(second)))
        self.history = rows["source"].to_numpy()[self.start] == "history"
        self.disputed = np.logical_or.reduceat(rows["disputed"].to_numpy(), self.start)
        self.seen = _seen(numbers(rows["seen"])[self.start], second[self.start], recording[self.start])
        self.volume = _volume(rows, kind, self.start)
        self._unit = np.stack((second[self.start], data_type[self.start]))
        self._values = rows.select(values_of(kind))

    def settle(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which views stay, and which of them are disputed."""
        keep, disputed = np.ones(len(self.start), bool), self.disputed.copy()
        best = 0
        # Views of one unit are neighbours, in the order of their recordings.
        followers: list[int] = (np.flatnonzero((np.diff(self._unit) == 0).all(axis=0)) + 1).tolist()
        for i in followers:
            best = best if not keep[i - 1] else i - 1
            winner, loser = (i, best) if self._beats(i, best) else (best, i)
            # What filled a hole takes no part in the disputes of what streamed there.
            same = self.seen[winner] == self.seen[loser]
            disputed[winner] |= same and (disputed[loser] or self._differ(winner, loser))
            keep[loser] = False
            best = winner
        return keep, disputed

    def _beats(self, new: int, old: int) -> bool:
        rank_new, rank_old = max(self.seen[new], OPEN), max(self.seen[old], OPEN)
        if rank_new != rank_old:
            return bool(rank_new > rank_old)
        if rank_new < WHOLE:
            return bool(self.count[new] > self.count[old])
        if self.history[new] != self.history[old]:
            return bool(self.history[old])
        return bool(self.history[new]) and not self._content(new).equals(self._content(old))

    def _differ(self, a: int, b: int) -> bool:
        whole = self.seen[a] >= WHOLE
        return bool(whole and (self.count[a] != self.count[b] or self.volume[a] != self.volume[b]))

    def _content(self, view: int) -> pa.Table:
        return self._values.slice(self.start[view], self.count[view])


def _sorted(rows: pa.Table) -> pa.Table:
    """By second, data type, recording and ordinal; of rows with the same key the first stays."""
    second = ints(rows, "time") // SECOND
    keys = np.stack([numbers(rows[name]) for name in ("ordinal", "recording", "data_type")] + [second])
    order = np.lexsort(keys)
    keys = keys[:, order]
    again = np.zeros(len(order), bool)
    again[1:] = (keys[:, 1:] == keys[:, :-1]).all(axis=0)
    return rows.take(column(order[~again]))


def _seen(seen: npt.NDArray[np.int8], second: Ints, recording: Ints) -> npt.NDArray[np.int8]:
    """A second that was still open is whole once its recording went on to a later one."""
    open_ = seen == OPEN
    if not open_.any():
        return seen
    _, of_view = np.unique(recording, return_inverse=True)
    last = np.full(of_view.max() + 1, np.iinfo(np.int64).min)
    np.maximum.at(last, of_view, second)
    return np.where(open_ & (second < last[of_view]), WHOLE, seen).astype(np.int8)


def _volume(rows: pa.Table, kind: TickType, start: Ints) -> npt.NDArray[np.float64]:
    names = {"BidAsk": ("bid_size", "ask_size"), "MidPoint": ()}.get(kind, ("size",))
    total = np.zeros(rows.num_rows)
    for name in names:
        total += np.nan_to_num(rows[name].to_numpy())
    return np.asarray(np.add.reduceat(total, start))


def _replace(rows: pa.Table, name: str, values: npt.NDArray[np.generic]) -> pa.Table:
    index = rows.schema.get_field_index(name)
    return rows.set_column(
        index, rows.schema.field(index), column(values).cast(rows.schema.field(index).type)
    )
