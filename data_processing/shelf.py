"""The files of one store: every read checks whose a file is, every write whether the disk has room.

A damaged file is reported once, skipped when reading and moved to ``quarantine/`` when its place is needed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from data_processing import coverage
from data_storage import parquet_files
from data_storage.disk import FreeSpace, check_disk
from data_storage.errors import DamagedFile
from data_storage.layout import FOREVER, Series, parse_folder, span
from data_storage.parquet_files import FileInfo, Summary
from market.errors import BadRequest

Report = Callable[[str], None]
# A write needs the new file beside the old one; the slack is for the folder's own growth.
_SLACK = 1024**2


class Found(msgspec.Struct, frozen=True):
    """A file of a series and the range [start, end) that its name stands for."""

    path: Path
    start: int
    end: int


class Shelf:
    """The Parquet files below `root`, all of `source`; `report` gets one line for each problem met."""

    def __init__(self, root: Path, source: str, report: Report, free: FreeSpace) -> None:
        self.root = root
        self.source = source
        self._report = report
        self._free = free
        self._reported = set[str]()

    def series(self) -> Iterator[Series]:
        """Every series that has a folder, in order of the folders' names."""
        folders = [*self.root.glob("bars/*/*/*/*"), *self.root.glob("ticks/*/*")]
        for folder in sorted(each for each in folders if each.is_dir()):
            try:
                yield parse_folder(folder.relative_to(self.root).as_posix())
            except BadRequest as error:
                self.report(str(error))

    def files(self, series: Series, start: int, end: int) -> list[Found]:
        """The files that may hold something of [start, end), merged ones before their parts."""
        found = list[Found]()
        for path in sorted((self.root / series.folder).glob("[!.]*.parquet"), key=_order):
            bounds = span(path.name)
            if bounds is not None and bounds[0] < end and start < bounds[1]:
                found.append(Found(path, *bounds))
        return found

    def read(self, path: Path, series: Series) -> pa.Table | None:
        """The rows of a file; `None` for one that is gone and, with a report, for a damaged one."""
        try:
            return parquet_files.read(path, self.source, series.folder)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            self.report(str(error))
            return None

    def take(self, path: Path, series: Series) -> pa.Table | None:
        """As `read`, for a file whose place is needed: a damaged one is moved to the quarantine."""
        try:
            return parquet_files.read(path, self.source, series.folder)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            # What is moved away must be asked for again.
            ledger = coverage.without(coverage.load(path.parent), span(path.name) or FOREVER)
            coverage.save(path.parent, ledger)
            self.report(f"{error}; it was moved to {parquet_files.quarantine(path, self.root)}")
            return None

    def summary(self, path: Path, series: Series) -> Summary | None:
        """The footer of a file; `None` for one that is gone and, with a report, for a damaged one."""
        try:
            return parquet_files.summary(path, self.source, series.folder)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            self.report(str(error))
            return None

    def write(
        self, path: Path, series: Series, table: pa.Table, *, revised: int = 0, disputed: int = 0
    ) -> None:
        """Put `table` in place of `path`; raise `LowDisk` before anything is touched."""
        warning = check_disk(self.root, int(table.nbytes) + _SLACK, self._free)
        if warning:
            self.report(warning, once="disk")
        parquet_files.write(path, table, FileInfo(self.source, series.folder, revised, disputed))

    def report(self, line: str, once: str = "") -> None:
        """Say something once; `once` names what it is about when the words may vary."""
        if (once or line) not in self._reported:
            self._reported.add(once or line)
            self._report(line)


def _order(path: Path) -> tuple[str, bool, str]:
    stem, _, rest = path.name.partition(".")
    return stem, rest != "parquet", rest
