"""What became of every stretch of time of what was wanted: a table beside the files, in SQLite.

The files say what there is, this says what there should be: a stretch is *have* (it came live), *filled* or
*empty* (history gave ticks, or none), *pending* (to be filled in) or *gap* (not to be had, and why). The
stretches of one stream never overlap, so each moment has one answer or none: nobody wanted it then. It also
keeps which ranges of a series history has answered for good, empty answers included; that is only ever too
little, since rows are safe before it says so.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from data_storage.errors import DamagedFile, UnusableFolder
from market.events import Hours

FILE = "ledger.sqlite"
SpanState = Literal["have", "filled", "empty", "pending", "gap"]
_PATIENCE = 10.0


class Stream(msgspec.Struct, frozen=True, order=True):
    """What the stretches are of: a tick type from `source` ``tbt`` or ``l1``, a bar size, or ``depth``.

    `what` and `hours` belong to bars and are empty for all else.
    """

    contract_id: int
    exchange: str
    kind: str
    source: str = ""
    what: str = ""
    hours: Hours | Literal[""] = ""


class Span(msgspec.Struct, frozen=True):
    """[`start`, `end`) of a stream, UTC nanoseconds; an `end` of `None` is still to come.

    Of a pending one all before `done` is filled in already, with `rows` ticks or bars. `reason` says why the
    stream broke off and, for a gap, why nobody has it.
    """

    stream: Stream
    start: int
    end: int | None
    state: SpanState
    reason: str = ""
    done: int = 0
    rows: int = 0

    def overlaps(self, start: int, end: int) -> bool:
        """Whether it has a moment in common with [start, end)."""
        return self.start < end and (self.end is None or start < self.end)

    @property
    def key(self) -> "Key":
        """What no other stretch has."""
        return self.stream, self.start


Key = tuple[Stream, int]

_KEY = Stream.__struct_fields__
_VALUES = tuple(name for name in Span.__struct_fields__ if name != "stream")
_COLUMNS = ", ".join(f'"{name}"' for name in (*_KEY, *_VALUES))
_NUMBERS = ("contract_id", "start", "end", "done", "rows")
_MAKE = f"""
CREATE TABLE IF NOT EXISTS spans (
    {", ".join(f'"{name}" {"INTEGER" if name in _NUMBERS else "TEXT"}' for name in (*_KEY, *_VALUES))},
    PRIMARY KEY ({", ".join(_KEY)}, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alive (one INTEGER PRIMARY KEY CHECK (one = 1), time INTEGER);
CREATE TABLE IF NOT EXISTS answered (
    series TEXT, start INTEGER, "end" INTEGER, PRIMARY KEY (series, start)
) WITHOUT ROWID;
"""
_PUT = f"INSERT OR REPLACE INTO spans ({_COLUMNS}) VALUES ({', '.join('?' * len(_KEY + _VALUES))})"  # noqa: S608
_READ = f"SELECT {_COLUMNS} FROM spans ORDER BY {', '.join(_KEY)}, start"  # noqa: S608
_REMOVE = f"DELETE FROM spans WHERE {' AND '.join(f'{name} = ?' for name in (*_KEY, 'start'))}"  # noqa: S608


class Ledger:
    """The table of one store's folder. Each call is a transaction of its own and may come from any thread.

    Raise `DamagedFile` for a file that is no such table, `UnusableFolder` where the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def spans(self) -> list[Span]:
        """All stretches, by stream and start."""
        with self._opened() as base:
            rows = base.execute(_READ).fetchall() if base else []
        width = len(_KEY)
        return [Span(Stream(*row[:width]), *row[width:]) for row in rows]

    def put(self, spans: Iterable[Span], gone: Iterable[Key] = ()) -> None:
        """Write stretches in place of those of the same stream and start, remove `gone` ones: all or none."""
        with self._opened(write=True) as base:
            assert base is not None
            base.executemany(_REMOVE, [(*_columns(stream), start) for stream, start in gone])
            base.executemany(_PUT, [(*_columns(each.stream), *_values(each)) for each in spans])

    @property
    def alive(self) -> int | None:
        """When the writer last said that all it had been given was stored; `None` if it never did."""
        with self._opened() as base:
            row = base.execute("SELECT time FROM alive").fetchone() if base else None
        return row[0] if row else None

    def note_alive(self, time: int) -> None:
        """Say that up to `time` all that came is stored."""
        with self._opened(write=True) as base:
            assert base is not None
            base.execute("INSERT OR REPLACE INTO alive VALUES (1, ?)", (time,))

    def answered(self, series: str) -> list[tuple[int, int]]:
        """The ranges [start, end) of a series for which history has answered for good, sorted."""
        with self._opened() as base:
            query = 'SELECT start, "end" FROM answered WHERE series = ? ORDER BY start'
            return base.execute(query, (series,)).fetchall() if base and _has_answered(base) else []

    def all_answered(self) -> dict[str, list[tuple[int, int]]]:
        """As `answered`, of every series."""
        found = dict[str, list[tuple[int, int]]]()
        with self._opened() as base:
            query = 'SELECT series, start, "end" FROM answered ORDER BY series, start'
            for series, start, end in base.execute(query) if base and _has_answered(base) else ():
                found.setdefault(series, []).append((start, end))
        return found

    def put_answered(self, ranges: Mapping[str, Iterable[tuple[int, int]]]) -> None:
        """Replace what was answered of some series: all or none."""
        with self._opened(write=True) as base:
            assert base is not None
            for series, pairs in ranges.items():
                base.execute("DELETE FROM answered WHERE series = ?", (series,))
                rows = [(series, start, end) for start, end in pairs]
                base.executemany("INSERT INTO answered VALUES (?, ?, ?)", rows)

    @contextmanager
    def _opened(self, *, write: bool = False) -> Iterator[sqlite3.Connection | None]:
        """A connection for one transaction; `None` for reading what nobody has written yet."""
        if not write and not self.path.exists():
            yield None
            return
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as base, base:
                base.executescript(_MAKE) if write else None
                yield base
        except sqlite3.OperationalError as error:
            raise UnusableFolder(
                f"{self.path} cannot be used: {error}; free space or change its permissions"
            ) from error
        except sqlite3.DatabaseError as error:
            raise DamagedFile(
                f"{self.path} is damaged ({error}): what was missing is forgotten; move it away to begin anew"
            ) from error


def _has_answered(base: sqlite3.Connection) -> bool:
    """Older tables say nothing of answers until they are written to."""
    return base.execute("SELECT 1 FROM sqlite_master WHERE name = 'answered'").fetchone() is not None


def _columns(stream: Stream) -> Sequence[int | str]:
    return msgspec.structs.astuple(stream)


def _values(span: Span) -> Sequence[int | str | None]:
    return [getattr(span, name) for name in _VALUES]
