"""Copy a store that may be written to meanwhile into a backup place: only what it does not hold already."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from data_storage.backup import store_files
from data_storage.backup.errors import BackupFailed
from data_storage.backup.objects import Objects
from data_storage.backup.snapshots import Entry
from data_storage.backup.store_files import StoreFile, Vanished

Progress = Callable[[int, int], None]
"""Called with the bytes done and those there are in all."""

# The drive's own administration of a file.
PER_FILE = 8_192
_ATTEMPTS = 20


class Copy:
    """The copying of one backup; `known` is what the last snapshot knows of each file, by path.

    With `check` that is read back before it is trusted. `files` and `bytes` count what was copied.
    """

    def __init__(
        self, objects: Objects, store: Path, known: dict[str, Entry], check: bool, progress: Progress
    ) -> None:
        self.files = 0
        self.bytes = 0
        self._objects = objects
        self._store = store
        self._known = known
        self._check = check
        self._progress = progress

    def run(self, check_room: Callable[[int], None]) -> tuple[Entry, ...]:
        """Copy a consistent state; `check_room` gets the bytes needed and raises where there is no room.

        Raise `BackupFailed` where files go away faster than they can be copied.
        """
        for _ in range(_ATTEMPTS):
            try:
                files = store_files.listing(self._store)
                check_room(sum(each.size + PER_FILE for each in files if self._same(each) is None))
                return tuple(self._all(files))
            except Vanished:
                continue
        raise BackupFailed(f"{self._store} changes faster than it can be copied; try again later")

    def _all(self, files: Sequence[StoreFile]) -> Iterator[Entry]:
        total, done = sum(each.size for each in files), 0
        for each in files:
            yield self._one(each)
            done += each.size
            self._progress(done, total)

    def _one(self, file: StoreFile) -> Entry:
        entry = self._same(file)
        if entry is None or (self._check and not self._objects.intact(entry.checksum)):
            stored = self._objects.put(store_files.read(self._store, file))
            self.files += stored.new
            self.bytes += stored.size if stored.new else 0
            # When another file vanishes, this one need not be read again.
            entry = self._known[file.path] = Entry(file.path, stored.size, stored.checksum, file.changed)
        return entry

    def _same(self, file: StoreFile) -> Entry | None:
        """What is known of a file that has not changed since and whose content is still there."""
        known = self._known.get(file.path)
        if known is None or not file.fixed or (known.size, known.changed) != (file.size, file.changed):
            return None
        return known if self._objects.holds(known.checksum, known.size) else None
