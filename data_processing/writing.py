"""What the one writer of a store has: the lock, the log, and whoever brings the log into files."""

import threading
from collections.abc import Sequence

import pyarrow as pa

from data_processing.background import Background
from data_processing.compaction import SLACK, Compaction
from data_processing.recordings import Recordings
from data_processing.retention import Retention
from data_processing.shelf import LOG, Shelf
from data_storage.disk import FreeSpace, check_disk
from data_storage.errors import LowDisk
from data_storage.ledger import Ledger
from data_storage.lock import WriterLock
from data_storage.log.frames import Rows
from data_storage.log.writer import LogWriter, Sync

# A writer numbers its recordings from `writers * this`, so that numbers only ever rise.
_NUMBERS_PER_WRITER = 10**9


class Writing:
    """The right to write to a store, from its opening to `close`; `turn` is held by whoever writes."""

    def __init__(self, shelf: Shelf, lock: WriterLock, sync: Sync, free: FreeSpace) -> None:
        self.turn = threading.RLock()
        self._shelf = shelf
        self._lock = lock
        self._free = free
        self._count = shelf.manifest.writers * _NUMBERS_PER_WRITER
        self.recordings = Recordings(self._number)
        self.log = LogWriter(shelf.root / LOG, sync, after=shelf.manifest.log)
        ledger = Ledger(shelf.root)
        self.compaction = Compaction(shelf, self.log, ledger, free, self.turn, self.recordings.live)
        self.retention = Retention(shelf, ledger, self.compaction)
        self._background = Background(self.compaction.compact, self._not_compacted)
        self._background.note(shelf.waiting)

    def append(self, tables: Sequence[tuple[str, pa.Table | Rows]]) -> None:
        """Add rows of some sections to the log: all of them or none."""
        batches = [(section, batch) for section, rows in tables for batch in _batches(rows)]
        if not batches:
            return
        self.check_room(sum(_size(batch) for _, batch in batches))
        position = self.log.append(batches)
        self._shelf.add(position.segment, batches)
        self._background.note(self._shelf.waiting)

    def check_room(self, need: int) -> None:
        """Raise `LowDisk` before anything is touched."""
        if warning := check_disk(self._shelf.root, need + SLACK, self._free):
            self._shelf.report(warning, once="disk")

    def close(self) -> None:
        """Bring the log into files, as far as the disk allows, and let the next writer in."""
        self._background.close()
        # What still ran ends here, so that its ticks are stored as those of any recording that is over.
        self.recordings.cut(lambda series: True)
        try:
            self._compact_if_possible()
        finally:
            self._shelf.follow(self.log.position)
            try:
                self.log.close()
            finally:
                self._lock.release()

    def abandon(self) -> None:
        """Let go of everything as a kill would: the next writer finds the log as it is."""
        self._background.close()
        self.log.close()
        self._lock.release()

    def _compact_if_possible(self) -> None:
        """What is in the log is stored: whoever brought it must not try again."""
        try:
            self.compaction.compact([file for file in self._shelf.manifest.files if file.running])
        except (LowDisk, OSError) as error:
            self._not_compacted(error)

    def _not_compacted(self, error: Exception) -> None:
        self._shelf.report(f"{self._shelf.waiting} rows stay in the log: {error}", once="unmerged")

    def _number(self) -> int:
        self._count += 1
        return self._count


def _batches(rows: pa.Table | Rows) -> Sequence[pa.RecordBatch | Rows]:
    if isinstance(rows, Rows):
        return [rows]
    return [batch for batch in rows.combine_chunks().to_batches() if batch.num_rows]


def _size(batch: pa.RecordBatch | Rows) -> int:
    # A few rows need no more than the slack that is left anyway.
    return 0 if isinstance(batch, Rows) else int(pa.ipc.get_record_batch_size(batch))
