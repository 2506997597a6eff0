"""Follow a log, in the process that writes it or in another, without a lock."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from data_storage.log.errors import SegmentGone
from data_storage.log.frames import Frame, Span, batches_of, spans
from data_storage.log.segments import START, Damage, Position, numbers, path_of, read_rest


class LogReader:
    """Gives the frames of the log in `folder` from `start` on, each once, in the order they were appended.

    `report` hears of each damage that is passed over. With `start` the oldest segment that is there is the
    first.
    """

    def __init__(self, folder: Path, report: Callable[[Damage], None], start: Position = START) -> None:
        self._folder, self._report = folder, report
        self._position = start
        self._handle: int | None = None

    @property
    def position(self) -> Position:
        """Where the next `read_new` goes on: all frames before have been given or passed over."""
        return self._position

    def seek(self, position: Position) -> None:
        """Go on from there; nothing happens when that is no step forward."""
        if position <= self._position:
            return
        if position.segment != self._position.segment:
            self.close()
        self._position = position

    def read_new(self) -> Iterator[Frame]:
        """The whole frames that were appended since the last call; a frame counts as read once it is given.

        A torn tail is not there yet: it is given when it is finished, and reported when a newer segment
        shows that it never will be. Each frame's columns lie in the bytes that were read: copy what is to
        be kept for long.

        Raises `SegmentGone` when frames may lie between the last one given and the oldest that is still
        there: they were dropped, so that the manifest has a later position to `seek`.
        """
        there = numbers(self._folder)
        if self._position == START and there:
            self._position = Position(there[0], 0)
        while self._open(there):
            yield from self._rest()
            if self._position.segment >= there[-1]:
                return
            self._report_tail()
            self._next_segment(there)

    def close(self) -> None:
        """Let go of the segment; `read_new` takes it up again."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self, there: list[int]) -> bool:
        """Have the present segment open; False when it does not exist yet.

        A segment that is open can be read to its end after it was dropped.
        """
        number = self._position.segment
        if self._handle is None:
            if not there or number > there[-1]:
                return False
            try:
                self._handle = os.open(path_of(self._folder, number), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                raise self._gone(number) from None
        return True

    def _rest(self) -> Iterator[Frame]:
        """The frames between the position and the end of this segment."""
        number = self._position.segment
        for span in self._look_until_sure():
            start, self._position = Position(number, span.start), Position(number, span.end)
            if span.payload is None:
                self._report(Damage(path_of(self._folder, number), span.start, span.end, "damaged"))
            else:
                yield Frame(start, self._position, batches_of(span.payload))

    def _look_until_sure(self) -> list[Span]:
        """What is there, and of damage what two looks in a row show: the writer may be at work meanwhile."""
        found, before = self._look(), list[Span]()
        while (damaged := [span for span in found if span.payload is None]) and damaged != before:
            found, before = self._look(), damaged
        return found

    def _look(self) -> list[Span]:
        assert self._handle is not None
        segment, offset = self._position
        data = read_rest(path_of(self._folder, segment), self._handle, offset)
        return list(spans(memoryview(data), self._position))

    def _report_tail(self) -> None:
        """Nothing more comes into a segment once there is a newer one."""
        assert self._handle is not None
        number, offset = self._position
        path = path_of(self._folder, number)
        tail = read_rest(path, self._handle, offset)
        if tail.strip(b"\0"):  # zeros are room that was not used
            self._report(Damage(path, offset, offset + len(tail), "torn"))

    def _next_segment(self, there: list[int]) -> None:
        number = self._position.segment + 1
        if not path_of(self._folder, number).exists():
            # Segments are dropped oldest first: where the one before is, nobody dropped this one.
            if not path_of(self._folder, number - 1).exists():
                raise self._gone(number)
            self._report(Damage(path_of(self._folder, number), 0, 0, "missing"))
            number = next(each for each in there if each > number)
        self.close()
        self._position = Position(number, 0)

    def _gone(self, number: int) -> SegmentGone:
        later = (each for each in numbers(self._folder) if each > number)
        return SegmentGone(
            f"segment {number} of {self._folder} is gone: what it held is in files; load the manifest anew",
            Position(next(later, number), 0),
        )
