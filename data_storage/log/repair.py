"""Put a log in order before it is written to again."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from data_storage.log.frames import spans
from data_storage.log.segments import START, Damage, Position, numbers, path_of, read_rest


def repair(folder: Path, report: Callable[[Damage], None], start: Position = START) -> None:
    """Cut a torn tail off the last segment, as a kill leaves it; tell of that and of all damage.

    Frames that are whole are never touched, also those that follow damage. Segments before `start`, of which
    files have everything, are passed over. Only who holds the right to write may call it, and before a
    `LogWriter` is opened. Raises `DamagedFile` when the disk does not give what a segment holds.
    """
    there = [number for number in numbers(folder) if number >= start.segment]
    for older, newer in pairwise(there):
        if newer > older + 1:
            report(Damage(path_of(folder, older + 1), 0, 0, "missing"))
    for number in there:
        _repair_segment(path_of(folder, number), number, report, last=number == there[-1])


def _repair_segment(path: Path, number: int, report: Callable[[Damage], None], *, last: bool) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        data = read_rest(path, handle, 0)
        end = 0
        for span in spans(memoryview(data), Position(number, 0)):
            end = span.end
            if span.payload is None:
                report(Damage(path, span.start, span.end, "damaged"))
        if data[end:].strip(b"\0"):  # zeros are room that was not used
            report(Damage(path, end, len(data), "torn"))
        if end < len(data) and last:
            os.ftruncate(handle, end)
            os.fsync(handle)
    finally:
        os.close(handle)
