"""When each tick was written to the gateway's socket, and what it held: IB's ticks tell whole seconds only.

A tick has no number on its way, so that who got it is found by order and content: see `matched`.
"""

import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simulator.gateway.server import Connection

FIELDS = {b"1": slice(4, 6), b"3": slice(4, 8)}
"""By the kind of tick (Last, BidAsk) the fields of message 99 that make its content."""

SURE = 20
"""Equal ticks in a row that make a place certain."""


class Notes(NamedTuple):
    """Of one stream the moments (nanoseconds of CLOCK_MONOTONIC) and contents of its ticks, in order."""

    times: "array[int]"
    contents: "array[int]"

    def add(self, time: int, content: int) -> None:
        """The next tick."""
        self.times.append(time)
        self.contents.append(content)


def empty() -> Notes:
    """Of a stream that has not begun."""
    return Notes(array("q"), array("q"))


class Noting:
    """Stands between a gateway's connection and its socket."""

    def __init__(self, connection: Connection) -> None:
        self.streams = dict[bytes, Notes]()
        self._transport = connection.transport

    def send(self, data: bytes) -> None:
        """Write, and note when."""
        now = time.monotonic_ns()
        self._transport.write(data)
        place = 0
        while place < len(data):
            end = place + 4 + int.from_bytes(data[place : place + 4], "big")
            if data.startswith(b"99\0", place + 4):
                self._note(data[place + 4 : end].split(b"\0"), now)
            place = end

    def _note(self, fields: list[bytes], now: int) -> None:
        notes = self.streams.get(fields[1])
        if notes is None:
            notes = self.streams[fields[1]] = empty()
        notes.add(now, content_of(map(float, fields[FIELDS[fields[2]]])))


def content_of(values: "map[float] | Sequence[float]") -> int:
    """The same number in every process for the same prices and sizes."""
    return hash(tuple(values))


def write(path: Path, streams: dict[int, Notes]) -> None:
    """Leave the notes of every contract for another process."""
    columns = {
        f"{contract}_{name}": np.frombuffer(column, np.int64) if column else np.array([], np.int64)
        for contract, notes in streams.items()
        for name, column in notes._asdict().items()
    }
    np.savez(path, **columns)  # type: ignore[arg-type]  # its stubs take these names for options


def read(path: Path) -> dict[int, Notes]:
    """What `write` left."""
    with np.load(path) as file:
        contracts = {int(name.partition("_")[0]) for name in file}
        return {
            each: Notes(*(array("q", file[f"{each}_{name}"].tobytes()) for name in Notes._fields))
            for each in contracts
        }


def matched(sent: Notes, got: Notes) -> int | None:
    """At which of the ticks sent those that came begin, provided that each is the one that follows.

    None where that is not so: something is lost, doubled or out of order. What came after the notes were
    taken does not count.

    >>> sent = Notes(array("q", [1, 2, 3]), array("q", [7, 8, 9]))
    >>> matched(sent, Notes(array("q", [5, 6]), array("q", [8, 9])))
    1
    >>> matched(sent, Notes(array("q", [5, 6]), array("q", [7, 9]))) is None
    True
    """
    first = got.contents[:SURE]
    for place in range(len(sent.contents) - len(first) + 1):
        if sent.contents[place : place + len(first)] == first:
            known = sent.contents[place : place + len(got.contents)]
            return place if known == got.contents[: len(known)] else None
    return None
