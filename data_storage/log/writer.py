"""Append frames to a log, and promise when they are safe.

A frame that `append` has returned for survives a kill of this program under every policy, since the system
has it. A power cut or a crash of the system is another matter:

``always``
    `append` returns when the frame is on the disk: a power cut takes nothing that it returned for.
``group``
    A sync begins at most 50 ms after a frame came, or after the sync then running is over: by a timer, so
    also when nothing more is appended. A power cut takes what came since the last whole sync began, which is
    50 ms and the time that the disk takes for two syncs.
``off``
    The system writes when it sees fit, often half a minute later: a power cut takes what came since the last
    `sync`, `roll`, `close` or change of segment.

What is lost are whole frames. `sync` gives the promise of ``always`` to all that was appended before it.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

from data_storage.atomic import make_folder, sync_folder
from data_storage.log.errors import LogFailed, NotAppended
from data_storage.log.frames import Batches, Encoder, stamp
from data_storage.log.segments import NO_ROOM, START, Disk, Position, numbers, path_of
from data_storage.log.timer import ThreadTimer, Timer
from market.errors import BadRequest

Sync = Literal["always", "group", "off"]
SEGMENT_SIZE = 32 * 2**20
_ROOM = 2**20


class LogWriter:
    """Appends to the log in `folder`; the caller holds the right to write there and has called `repair`.

    It never goes on with a segment that holds something: it begins one of its own, after all that are there
    and after the position `after`, up to which files have everything. A segment grows to `segment_size`
    bytes, more only for a single frame that is larger. May be used from several threads.

    Raises `NotAppended` when the folder cannot be written to, `LogFailed` when what lies there cannot be
    synced.
    """

    def __init__(
        self,
        folder: Path,
        sync: Sync = "group",
        *,
        after: Position = START,
        segment_size: int = SEGMENT_SIZE,
        disk: Disk | None = None,
        timer: Timer | None = None,
    ) -> None:
        if sync not in get_args(Sync):
            raise BadRequest(f"no such sync policy: {sync!r}; choose one of {', '.join(get_args(Sync))}")
        self._folder, self._policy, self._size = folder, sync, segment_size
        self._disk, self._encoder = disk or Disk(), Encoder()
        self._failed: str | None = None
        self._handle, self._position, self._synced, self._room = -1, START, 0, 0
        # Whoever syncs or changes the segment holds `_syncing` and takes `_lock` inside of it: appends go on
        # while the disk works. The system gives a verdict once, so a second sync waits for that of the first.
        self._syncing, self._lock = Lock(), Lock()
        make_folder(folder)
        self._sync_what_is_there()
        self._begin(_first_number(folder, after))
        self._timer = (timer or ThreadTimer()) if sync == "group" else None
        if self._timer:
            self._timer.start(self._sync_on_time)

    @property
    def position(self) -> Position:
        """The end of what was appended."""
        return self._position

    def append(self, batches: Batches) -> Position:
        """Write named batches as one frame, all of them or none; the answer is where it ends.

        Raises `NotAppended` when the disk does not take it (the log is as it was before, and may be
        appended to once there is room), `LogFailed` when an earlier or this frame's sync failed,
        `BadRequest` for columns of dictionaries, more than a GiB at once, or a closed log. Without batches
        nothing is written.
        """
        if not batches:
            return self._position
        frame = self._encoder.frame(batches)
        if self._is_full(len(frame)):
            self._change_segment(lambda: self._is_full(len(frame)))
        with self._lock:
            self._check()
            stamp(frame, self._position)
            self._write(frame)
            end = self._position
        if self._policy == "always":
            self.sync()
        elif self._timer:
            self._timer.arm()
        return end

    def sync(self) -> None:
        """Return when all that was appended before is on the disk; raise `LogFailed` when it cannot be."""
        with self._syncing:
            self._sync()

    def roll(self) -> Position:
        """Sync, and begin a new segment unless this one is empty; the answer is its beginning.

        Raises what `append` does.
        """
        self._change_segment(lambda: self._position.offset > 0)
        return self._position

    def drop(self, before: Position) -> None:
        """Remove the segments that lie wholly before that position, oldest first; never the present one."""
        last = min(before.segment, self._position.segment)
        gone = [number for number in numbers(self._folder) if number < last]
        for number in gone:
            path_of(self._folder, number).unlink(missing_ok=True)
        if gone:
            sync_folder(self._folder)

    def close(self) -> None:
        """Sync and let go; raise `LogFailed` when the sync fails. A second call does nothing."""
        if self._timer:
            self._timer.close()
        with self._syncing:
            if self._handle < 0:
                return
            try:
                self._sync()
                with self._lock:
                    self._give_back_room()
            finally:
                with self._lock:
                    os.close(self._handle)
                    self._handle = -1

    def _sync_what_is_there(self) -> None:
        """A killed writer left frames that are read as stored; they must not vanish at a power cut."""
        for number in numbers(self._folder):
            handle = os.open(path_of(self._folder, number), os.O_RDONLY | os.O_CLOEXEC)
            try:
                self._disk.sync(handle)
            except OSError as error:
                raise self._fail(error) from error
            finally:
                os.close(handle)

    def _begin(self, number: int) -> None:
        path = path_of(self._folder, number)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _not_appended(path, error) from error
        try:
            sync_folder(self._folder)
        except OSError as error:
            os.close(handle)
            # Readers may have gone on to it, so nothing may come into the segment before any more.
            raise self._fail(error) from error
        self._handle, self._position, self._synced, self._room = handle, Position(number, 0), 0, 0

    def _is_full(self, more: int) -> bool:
        return 0 < self._position.offset > self._size - more

    def _change_segment(self, needed: Callable[[], bool]) -> None:
        with self._syncing, self._lock:
            self._check()
            if needed():
                self._give_back_room()
                self._sync_to(self._handle, self._position.offset)
                old = self._handle
                self._begin(self._position.segment + 1)
                os.close(old)

    def _sync(self) -> None:
        with self._lock:
            self._check()
            handle, end = self._handle, self._position.offset
        self._sync_to(handle, end)

    def _sync_to(self, handle: int, end: int) -> None:
        if end <= self._synced:
            return
        try:
            self._disk.sync(handle)
        except OSError as error:
            raise self._fail(error) from error
        self._synced = end

    def _sync_on_time(self) -> None:
        with suppress(LogFailed):  # whoever appends, syncs or closes next is told
            self.sync()

    def _write(self, frame: bytearray) -> None:
        segment, start = self._position
        rest, at = memoryview(frame), start
        self._make_room(start + len(frame))
        try:
            while rest:
                done = self._disk.write(self._handle, rest, at)
                rest, at = rest[done:], at + done
            self._position = Position(segment, at)
        except BaseException as error:
            self._cut_back()
            if isinstance(error, OSError):
                raise _not_appended(path_of(self._folder, segment), error) from error
            raise

    def _make_room(self, end: int) -> None:
        """Put zeros after a frame that ends there: the next ones are synced in two thirds of the time.

        They overwrite, and a sync then need not wait for the file's new size and blocks.
        """
        if self._policy == "always" and end > self._room:
            self._room = end
            with suppress(OSError):  # without room the frame itself is refused, and tells why
                self._disk.extend(self._handle, end, _ROOM)
                self._room += _ROOM

    def _give_back_room(self) -> None:
        if self._room > self._position.offset:
            self._cut_back()

    def _cut_back(self) -> None:
        self._room = self._position.offset
        try:
            self._disk.truncate(self._handle, self._room)
        except OSError as error:
            raise self._fail(error) from error

    def _check(self) -> None:
        if self._failed:
            raise LogFailed(self._failed)
        if self._handle < 0:
            raise BadRequest("this log is closed; open the store again")

    def _fail(self, error: OSError) -> LogFailed:
        self._failed = (
            f"the log {self._folder} cannot be kept safe ({error.strerror}): what was added last may be "
            "lost at a power cut; check the disk, then open the store again"
        )
        return LogFailed(self._failed)


def _first_number(folder: Path, after: Position) -> int:
    least = after.segment + (after.offset > 0)
    there = numbers(folder)
    if not there:
        return max(least, 1)
    empty = path_of(folder, there[-1]).stat().st_size == 0
    return max(least, there[-1] + (not empty))


def _not_appended(path: Path, error: OSError) -> NotAppended:
    advice = "free some space" if error.errno in NO_ROOM else "check the disk"
    return NotAppended(
        f"{path} cannot be written ({error.strerror}): nothing of this was added; {advice}, then add it again"
    )
