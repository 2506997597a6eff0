"""Copy a store that may be written to meanwhile into a backup place: only what it does not hold already."""

from collections.abc import Callable, Sequence
from pathlib import Path

from data_storage.backup.objects import Objects
from data_storage.backup.snapshots import Entry
from data_storage.backup.store_files import Part, read

Progress = Callable[[int, int], None]
"""Called with the bytes done and those there are in all."""

# The drive's own administration of a file.
PER_FILE = 8_192


class Copy:
    """The copying of one backup; with `check` what the place holds is read back before it is trusted.

    `files` and `bytes` count what was copied. `damaged` are the files of the store that are gone, or are not
    what its manifest says: those that can be read are copied as they are.
    """

    def __init__(self, objects: Objects, store: Path, check: bool, progress: Progress) -> None:
        self.files = 0
        self.bytes = 0
        self.damaged = list[str]()
        self._objects = objects
        self._store = store
        self._check = check
        self._progress = progress

    def need(self, parts: Sequence[Part]) -> int:
        """The bytes that are to be copied, as far as is known before."""
        return sum(each.size + PER_FILE for each in parts if not self._held(each))

    def run(self, parts: Sequence[Part]) -> tuple[Entry, ...]:
        """Copy what has to be copied; an entry for each part that there is."""
        total, done, entries = sum(each.size for each in parts), 0, list[Entry]()
        for each in parts:
            try:
                entries.append(self._one(each))
            except FileNotFoundError:
                self.damaged.append(each.path)
            done += each.size
            self._progress(done, total)
        return tuple(entries)

    def _one(self, part: Part) -> Entry:
        bad = self._check and self._held(part) and not self._objects.intact(part.checksum)
        if self._held(part) and not bad:
            return Entry(part.path, part.size, part.checksum)
        stored = self._objects.put(read(self._store, part))
        if stored.new or bad:
            self.files += 1
            self.bytes += stored.size
        if part.checksum not in ("", stored.checksum):
            self.damaged.append(part.path)
        return Entry(part.path, stored.size, stored.checksum)

    def _held(self, part: Part) -> bool:
        return part.checksum != "" and self._objects.holds(part.checksum, part.size)
