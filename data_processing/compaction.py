"""Bring the rows of the log into files, and take rows out of files.

Every change is the same four steps: new files are written and synced, their folder last, the manifest is
replaced, what it no longer lists is removed, and the log before the manifest's position is dropped. A kill
between any two of them leaves the old state or the new one, and files that nobody lists, which the next
writer removes.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import pyarrow as pa

from data_processing.contracts import Route
from data_processing.coverage import without
from data_processing.given_tables import Given
from data_processing.rewriting import Lost, Rewriting, Target, targets
from data_processing.shelf import Shelf, recovery
from data_storage import manifest as manifests
from data_storage import parquet_files
from data_storage.atomic import sync_folder
from data_storage.disk import FreeSpace, check_disk
from data_storage.errors import DamagedFile
from data_storage.layout import parse_folder, series_in, stem
from data_storage.ledger import Ledger
from data_storage.lock import removing
from data_storage.log.segments import Position
from data_storage.log.writer import LogWriter
from data_storage.manifest import StoreFile
from data_storage.tables import stored_schema

# Files are made side by side: encoding them is most of the work, and Arrow does it outside of Python's lock.
_AT_ONCE = 2
# A write needs the new file beside the old one; the slack is for the folder's own growth.
SLACK = 1024**2


class _Change:
    """New files in place of old ones, as far as they are made."""

    def __init__(self) -> None:
        self.made = list[StoreFile]()
        self.replaced = dict[str, StoreFile]()
        self.lost = list[Lost]()
        self.undecided = list[tuple[str, pa.Table]]()


class Compaction:
    """All changes of the files of one store, one at a time.

    `writing` is held by whoever appends; it is taken to begin and to end a change, not while files are made.
    `live` tells the recordings of which more ticks may come, and the last second of each. Where such a
    stream is in a second that something else tells too, what there is of that second stays in the log.
    """

    def __init__(
        self,
        shelf: Shelf,
        log: LogWriter,
        ledger: Ledger,
        free: FreeSpace,
        writing: threading.RLock,
        live: Callable[[], Mapping[int, int]],
    ) -> None:
        self._shelf = shelf
        self._log = log
        self._ledger = ledger
        self._free = free
        self._writing = writing
        self._live = live
        self._turn = threading.Lock()
        self._unwanted = list[Path]()

    def compact(self, mend: Collection[StoreFile] = ()) -> None:
        """Bring all rows of the log into files, and what can be read of damaged ones into new ones."""
        with self._turn:
            self._compact({}, mend)
        # Arrow keeps what its threads used, in the hope of using it again; the next time is far.
        pa.default_memory_pool().release_unused()

    def load(self, section: str, given: Given) -> None:
        """Bring rows straight into the files of their section, with those of the log."""
        with self._turn:
            self._compact({section: given})

    def delete(self, section: str, route: Route) -> int:
        """Remove a contract from a section; the answer is the number of bytes freed."""
        with self._turn:
            live = self._compact({})
            files = self._shelf.look(section).files
            held = [each for each in files if self._has(each, route)]
            change = _Change()
            rewriting = self._rewriting(section, live)
            for file in held:
                name = stem(file.name)
                target = Target(name, *file.span, [file], stored_schema(section).empty_table(), None)
                self._make(change, rewriting, [target], route)
            freed = sum(each.size for each in held) - sum(each.size for each in change.made)
            self._commit(change, None)
            return freed

    def remove(self, files: Collection[StoreFile]) -> None:
        """Remove whole files."""
        with self._turn:
            change = _Change()
            change.replaced = {file.path: file for file in files}
            self._commit(change, None)

    def _compact(self, loaded: Mapping[str, Given], mend: Collection[StoreFile] = ()) -> Mapping[int, int]:
        """The answer is what ran as it began."""
        with self._writing:
            live = self._live()
            if not (self._shelf.waiting or loaded or mend):
                return live
            end = self._log.roll()
            rows = self._shelf.before(end.segment)
        change = _Change()
        paths = {file.path for file in mend}
        for section in sorted({*rows, *loaded, *(file.section for file in mend)}):
            new = rows.get(section, stored_schema(section).empty_table())
            found = targets(section, self._shelf.look(section).files, new, loaded.get(section), paths)
            self._make(change, self._rewriting(section, live), found)
        self._commit(change, end)
        return live

    def _rewriting(self, section: str, live: Mapping[int, int]) -> Rewriting:
        return Rewriting(self._shelf, section, self._shelf.manifest.generation + 1, live)

    def _make(
        self, change: _Change, rewriting: Rewriting, wanted: Sequence[Target], without: Route | None = None
    ) -> None:
        try:
            need = sum(each.size for each in wanted)
            if warning := check_disk(self._shelf.root, need + SLACK, self._free):
                self._shelf.report(warning, once="disk")
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                made = [pool.submit(rewriting.make, each, without) for each in wanted]
            # The pool has ended: all are made or have failed, and none is forgotten.
            change.made += [file for each in made if not each.exception() and (file := each.result())]
            if [each for each in made if each.result()]:
                sync_folder(self._shelf.root / rewriting.section)
        except BaseException:
            self._discard(self._shelf.root / each.path for each in change.made)
            raise
        change.replaced |= {file.path: file for target in wanted for file in target.sources}
        change.lost += rewriting.lost
        change.undecided += [(rewriting.section, each) for each in rewriting.undecided]

    def _commit(self, change: _Change, end: Position | None) -> None:
        """Make a change the truth, then clear away what it replaced."""
        self._forget(change.lost)
        with self._writing:
            self._keep(change.undecided)
            old = self._shelf.manifest
            kept = [file for file in old.files if file.path not in change.replaced]
            manifest = msgspec.structs.replace(
                old,
                generation=old.generation + bool(change.made),
                log=end or old.log,
                files=tuple(sorted([*kept, *change.made], key=lambda each: each.path)),
            )
            try:
                manifests.save(self._shelf.root, manifest)
            except OSError:
                # It may have come as far as the disk: what is there is the truth.
                self._shelf.renew()
                raise
            self._shelf.adopt(manifest)
        damaged = {each.file.path for each in change.lost}
        self._quarantine(change.lost)
        self._unwanted += [self._shelf.root / path for path in change.replaced if path not in damaged]
        self.clear()

    def _keep(self, undecided: Sequence[tuple[str, pa.Table]]) -> None:
        """Put rows that no file gets at the end of the log, before its beginning is dropped."""
        batches = [(section, batch) for section, table in undecided for batch in table.to_batches()]
        if batches:
            position = self._log.append(batches)
            self._log.sync()
            self._shelf.add(position.segment, batches)

    def clear(self) -> None:
        """Remove what the manifest no longer lists, unless somebody needs it to stay: then later."""
        with removing(self._shelf.root) as allowed:
            if allowed:
                self._discard(self._unwanted)
                self._unwanted = []
                self._log.drop(self._shelf.manifest.log)

    def _forget(self, lost: Sequence[Lost]) -> None:
        """What is damaged must be asked for again; said before the files go."""
        if not lost:
            return
        ranges = self._ledger.all_answered()
        gone = defaultdict[str, list[tuple[int, int]]](list)
        for file, routes in lost:
            section = file.section
            of = {series_in(section, *route).folder for route in routes}
            of = of or {folder for folder in ranges if parse_folder(folder).section == section}
            for folder in of:
                gone[folder].append(file.span)
        for folder, spans in gone.items():
            for span in spans:
                ranges[folder] = without(ranges.get(folder, []), span)
        self._ledger.put_answered({folder: ranges[folder] for folder in gone})

    def _quarantine(self, lost: Sequence[Lost]) -> None:
        for file, routes in lost:
            path = self._shelf.root / file.path
            if not path.exists():
                continue
            error = DamagedFile(f"{path} is damaged")
            damages = [self._shelf.note(file, series_in(file.section, *route), error) for route in routes]
            place = parquet_files.quarantine(path, self._shelf.root)
            advice = "; ".join(recovery(each.series, each.start, each.end) for each in damages[:3])
            self._shelf.report(
                f"{path} was moved to {place}; {advice or 'all that it held must be fetched again'}"
            )

    def _has(self, file: StoreFile, route: Route) -> bool:
        try:
            return route in self._shelf.footer(file).of
        except (DamagedFile, FileNotFoundError):
            return False

    def _discard(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                path.unlink()
