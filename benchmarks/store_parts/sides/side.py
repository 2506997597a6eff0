"""What a store is asked to do; each module beside this one does it in one store's own best way."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa


class Unsupported(Exception):
    """The store cannot do this, or not in the way that is compared; the message says why."""


class Side:
    """A store in `folder`, made when missing. Whatever writes returns once the data is on the disk.

    All ranges are [start, end) in UTC nanoseconds. Answers are Arrow tables with every column, the rows of a
    contract in the order of their time; several contracts in any order.
    """

    # A store that takes minutes to load is loaded once only.
    rounds = 2
    # Why no other process can read what is being written; empty when it can.
    alone = ""

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        self.folder = folder
        self.write = write

    def prepare(self, what: str, table: pa.Table) -> Any:
        """The table as the store takes it; what this costs is not counted."""
        return table

    def load(self, what: str, table: Any) -> None:
        """Bring millions of rows, in the order they came, into the form in which they stay."""
        raise Unsupported("has no bulk load")

    def disk(self, what: str) -> int:
        """The bytes that the trades or bars take, after whatever makes the store smaller."""
        return disk_usage(self.folder / what)

    def append(self, trades: Any) -> None:
        """Add prepared trades, durably as the store's name says."""
        raise Unsupported("does not append")

    def upsert(self, bars: Any) -> None:
        """Add prepared bars in place of those of the same contract and minute."""
        raise Unsupported("does not upsert")

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        """The trades of a contract."""
        raise Unsupported("has no queries")

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        """The bars of a contract."""
        raise Unsupported("has no queries")

    def last_bars(self, contract: int, count: int) -> pa.Table:
        """The latest bars of a contract."""
        raise Unsupported("has no queries")

    def minute(self, time: int) -> pa.Table:
        """The bars of all contracts at `time`."""
        raise Unsupported("has no queries")

    def candles(self, start: int, end: int) -> pa.Table:
        """One-minute open, high, low, close, volume of the trades of all contracts."""
        raise Unsupported("does not resample")

    def close(self) -> None:
        """Let go of the files."""


def disk_usage(folder: Path) -> int:
    """The bytes that the files below `folder` take on the disk."""
    found: Sequence[os.stat_result] = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(each.st_blocks * 512 for each in found)


def backwards(table: pa.Table) -> pa.Table:
    """The rows in the opposite order."""
    return table.take(pa.array(range(table.num_rows - 1, -1, -1), pa.int64()))


def sync(path: Path) -> None:
    """Bring a file or the names in a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
