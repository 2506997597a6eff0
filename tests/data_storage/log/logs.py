"""Small logs, and what is read back from them."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa

from data_storage.log.reader import LogReader
from data_storage.log.segments import START, Damage, Disk, Position, path_of
from data_storage.log.writer import LogWriter


def rows(*values: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"n": list(values), "text": [f"row {value}" for value in values]})


def append(writer: LogWriter, *values: int) -> Position:
    return writer.append([("rows", rows(*values))])


def written(folder: Path, count: int) -> list[Position]:
    """A log of one segment with a frame for each number up to `count`; the answer is where each ends."""
    writer = LogWriter(folder, "off")
    ends = [append(writer, n) for n in range(count)]
    writer.close()
    return ends


def numbers_in(reader: LogReader) -> list[int]:
    return [n for frame in reader.read_new() for _, batch in frame.batches for n in batch["n"].to_pylist()]


def read(folder: Path, start: Position = START) -> tuple[list[int], list[Damage]]:
    """All numbers that are there, and what was reported."""
    told: list[Damage] = []
    reader = LogReader(folder, told.append, start)
    try:
        return numbers_in(reader), told
    finally:
        reader.close()


def refuse(damage: Damage) -> None:
    raise AssertionError(str(damage))


def change(folder: Path, edit: Callable[[bytearray], None], segment: int = 1) -> None:
    """Edit the bytes of a segment."""
    path = path_of(folder, segment)
    content = bytearray(path.read_bytes())
    edit(content)
    path.write_bytes(content)


INTERRUPT = -1_000_000


class FailingDisk(Disk):
    """Fails each call as told: by an error number (of a write: below zero), or by taking so few bytes."""

    def __init__(self) -> None:
        self.writes: list[int] = []
        self.syncs: list[int] = []
        self.truncates: list[int] = []
        self.synced = 0

    def write(self, handle: int, data: memoryview, offset: int) -> int:
        if self.writes:
            take = self.writes.pop(0)
            if take == INTERRUPT:
                raise KeyboardInterrupt
            if take < 0:
                raise OSError(-take, os.strerror(-take))
            data = data[:take]
        return super().write(handle, data, offset)

    def sync(self, handle: int) -> None:
        _fail_first(self.syncs)
        self.synced += 1

    def truncate(self, handle: int, size: int) -> None:
        _fail_first(self.truncates)
        super().truncate(handle, size)


def _fail_first(errors: list[int]) -> None:
    if errors:
        error = errors.pop(0)
        raise OSError(error, os.strerror(error))


class HandTimer:
    """A timer that rings when the test says so."""

    def __init__(self) -> None:
        self.armed = 0
        self.closed = False

    def start(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def arm(self) -> None:
        self.armed += 1

    def close(self) -> None:
        self.closed = True

    def ring(self) -> None:
        self._callback()


def texts(damages: Iterable[Damage]) -> list[tuple[str, int, int]]:
    return [(each.kind, each.start, each.end) for each in damages]
