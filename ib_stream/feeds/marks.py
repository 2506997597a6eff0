"""Which number an event had when, kept on disk: a later process finds a client's place in the store by it."""

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from market.times import MINUTE

FILE = "marks.sqlite"
KEPT = 60 * MINUTE
"""Who comes back later begins anew, with a gap."""

KEPT_IN_MEMORY = 25_000
"""So many marks, about half a megabyte, are looked up in memory; older ones on disk."""

_MAKE = """CREATE TABLE IF NOT EXISTS marks (
    epoch TEXT, n INTEGER, received INTEGER, newest INTEGER, PRIMARY KEY (epoch, n)
) WITHOUT ROWID"""
_PATIENCE = 10.0
_SWEPT_EVERY = MINUTE

Row = tuple[int, int, int]


class Position(msgspec.Struct, frozen=True):
    """A client has nothing that was received (by our clock) after `received`; its ticks are of times up to
    `newest`. What was received after `surely` it may have or not; a `received` of None says that this goes on
    to the end, since the process died before it noted more.
    """

    received: int | None
    newest: int
    surely: int


class Marks:
    """The marks of this life of the process, and those of earlier ones in `folder`, if there is one."""

    def __init__(self, folder: Path | None, epoch: str) -> None:
        self._path = folder / FILE if folder else None
        self._epoch = epoch
        self._columns = array("q"), array("q"), array("q")
        self._waiting = list[Row]()
        self._swept = 0

    def note(self, n: int, received: int, newest: int) -> bool:
        """Clients know number `n` now. Whether this is the first that waits to be written."""
        numbers = self._columns[0]
        if numbers and n <= numbers[-1]:
            return False
        row = n, received, newest
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
            if len(column) > 2 * KEPT_IN_MEMORY:
                del column[:-KEPT_IN_MEMORY]
        if self._path is None:
            return False
        self._waiting.append(row)
        return len(self._waiting) == 1

    def take(self) -> list[Row]:
        """What is to be written by `write`, perhaps on another thread."""
        rows, self._waiting = self._waiting, []
        return rows

    def write(self, rows: Sequence[Row]) -> None:
        """Put rows on disk and remove what is too old."""
        if self._path is None or not rows:
            return
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE)) as base, base:
            base.execute(_MAKE)
            marks = ((self._epoch, *row) for row in rows)
            base.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", marks)
            newest = rows[-1][1]
            if newest >= self._swept + _SWEPT_EVERY:  # each time looks at all there are
                base.execute("DELETE FROM marks WHERE received < ?", (newest - KEPT,))
                self._swept = newest

    def find(self, epoch: str, n: int) -> Position | None:
        """Where event `n` of a life of the process was; `None` when nobody knows."""
        if epoch != self._epoch or not self._columns[0] or n < self._columns[0][0]:
            return self._stored(epoch, n)
        numbers, place = self._columns[0], bisect_left(self._columns[0], n)
        if place == len(numbers):
            return _position(self._row(place - 1), None, n)
        return _position(self._row(place - 1) if place else None, self._row(place), n)

    def _row(self, place: int) -> Row:
        n, received, newest = (column[place] for column in self._columns)
        return n, received, newest

    def _stored(self, epoch: str, n: int) -> Position | None:
        if self._path is None or not self._path.exists():
            return None
        query = "SELECT n, received, newest FROM marks WHERE epoch = ? AND n {} ? ORDER BY n {} LIMIT 1"
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE)) as base:
            before = base.execute(query.format("<", "DESC"), (epoch, n)).fetchone()
            after = base.execute(query.format(">=", "ASC"), (epoch, n)).fetchone()
        return _position(before, after, n)


def _position(before: Row | None, after: Row | None, n: int) -> Position | None:
    """Between a mark below `n` and one at or above it."""
    if after is not None and after[0] == n:
        return Position(after[1], after[2], surely=after[1])
    if before is None:
        return None
    received, newest = (after[1], after[2]) if after else (None, before[2])
    return Position(received, newest, surely=before[1])
