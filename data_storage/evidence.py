"""What the ledger rests on: how much history gave, and what the broker told of opening hours.

Two more tables in the ledger's file. How many bars each answer held tells later whether something of it has
gone. A broker tells its hours for the days around the telling only, so what it told is kept.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date

import msgspec

from data_storage.ledger import Ledger, Stream
from market.events import Hours


class Answer(msgspec.Struct, frozen=True):
    """History was asked for [`start`, `end`) and gave `rows` bars: at least as many must be stored."""

    start: int
    end: int
    rows: int


class Session(msgspec.Struct, frozen=True, order=True):
    """An uninterrupted stretch of trading, [`start`, `end`) in UTC nanoseconds, of the trading date `day`."""

    start: int
    end: int
    day: date


class Telling(msgspec.Struct, frozen=True):
    """What was told at `asked` of [`start`, `end`), UTC nanoseconds: closed but for `sessions`, in order.

    `closed` are the dates that were said to have no session.
    """

    start: int
    end: int
    asked: int
    sessions: tuple[Session, ...]
    closed: tuple[date, ...] = ()


_MAKE = """
CREATE TABLE IF NOT EXISTS answers (
    contract_id INTEGER, exchange TEXT, kind TEXT, source TEXT, what TEXT, hours TEXT,
    "start" INTEGER, "end" INTEGER, rows INTEGER,
    PRIMARY KEY (contract_id, exchange, kind, source, what, hours, "start", "end")
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tellings (
    contract_id INTEGER, exchange TEXT, hours TEXT,
    "start" INTEGER, "end" INTEGER, asked INTEGER, told BLOB,
    PRIMARY KEY (contract_id, exchange, hours, "start")
) WITHOUT ROWID;
"""
_STREAM = "contract_id = ? AND exchange = ? AND kind = ? AND source = ? AND what = ? AND hours = ?"
_ROUTE = "contract_id = ? AND exchange = ? AND hours = ?"
_OBSOLETE = f'DELETE FROM answers WHERE {_STREAM} AND "start" >= ? AND "end" <= ?'  # noqa: S608
_ANSWERS = f'SELECT "start", "end", rows FROM answers WHERE {_STREAM} ORDER BY "start", "end"'  # noqa: S608
_TELLINGS = f'SELECT "start", "end", asked, told FROM tellings WHERE {_ROUTE} ORDER BY asked, "start"'  # noqa: S608
_told = msgspec.msgpack.Decoder(tuple[tuple[Session, ...], tuple[date, ...]])


class Evidence(Ledger):
    """The ledger with these tables; raises as it does."""

    def answers(self, stream: Stream) -> list[Answer]:
        """What history gave of a stream, oldest first; answers may overlap."""
        return [Answer(*row) for row in self._rows("answers", _ANSWERS, msgspec.structs.astuple(stream))]

    def put_answer(self, stream: Stream, answer: Answer) -> None:
        """Keep an answer in place of all that lie within it."""
        key = msgspec.structs.astuple(stream)
        with self._opened(write=True) as base:
            assert base is not None
            base.executescript(_MAKE)
            base.execute(_OBSOLETE, (*key, answer.start, answer.end))
            row = (*key, *msgspec.structs.astuple(answer))
            base.execute(f"INSERT INTO answers VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608

    def tellings(self, contract_id: int, exchange: str, hours: Hours) -> list[Telling]:
        """What was told of a contract's hours, the latest telling last."""
        rows = self._rows("tellings", _TELLINGS, (contract_id, exchange, hours))
        return [Telling(start, end, asked, *_told.decode(blob)) for start, end, asked, blob in rows]

    def put_telling(self, contract_id: int, exchange: str, hours: Hours, telling: Telling) -> None:
        """Keep what was told, in place of an earlier telling from the same start."""
        blob = msgspec.msgpack.encode((telling.sessions, telling.closed))
        row = (contract_id, exchange, hours, telling.start, telling.end, telling.asked, blob)
        with self._opened(write=True) as base:
            assert base is not None
            base.executescript(_MAKE)
            base.execute("INSERT OR REPLACE INTO tellings VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _rows(self, table: str, query: str, key: Sequence[int | str]) -> list[sqlite3.Row]:
        """The rows of a table that nobody may have written to yet."""
        with self._opened() as base:
            if base is None:
                return []
            there = base.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            return base.execute(query, key).fetchall() if there else []
