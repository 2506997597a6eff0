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
from data_storage.layout import FOREVER, BarSeries, Series, parse_folder, span
from data_storage.parquet_files import FileInfo, Summary
from market.bar_size import BarSize
from market.errors import BadRequest
from market.times import SECOND, iso

Report = Callable[[str], None]
# A write needs the new file beside the old one; the slack is for the folder's own growth.
_SLACK = 1024**2


class Found(msgspec.Struct, frozen=True):
    """A file of a series and the range [start, end) that its name stands for."""

    path: Path
    start: int
    end: int


class Damage(msgspec.Struct, frozen=True):
    """A file that could not be read; what it held lay in [start, end), as far as anything still tells."""

    path: Path
    series: Series
    start: int
    end: int

    @property
    def held(self) -> str:
        """The span in words."""
        everything = (self.start, self.end) == FOREVER
        return "everything" if everything else f"{iso(self.start)} .. {iso(self.end)}"


class Shelf:
    """The Parquet files below `root`, all of `source`; `report` gets one line for each problem met."""

    def __init__(self, root: Path, source: str, report: Report, free: FreeSpace) -> None:
        self.root = root
        self.source = source
        self._report = report
        self._free = free
        self._reported = set[str]()
        self.damaged = dict[Path, Damage]()

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
            self._note(path, series, error)
            return None

    def take(self, path: Path, series: Series) -> pa.Table | None:
        """As `read`, for a file whose place is needed: a damaged one is moved to the quarantine."""
        try:
            return parquet_files.read(path, self.source, series.folder)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            damage = self._note(path, series, error)
            # What is moved away must be asked for again.
            ledger = coverage.without(coverage.load(path.parent), span(path.name) or FOREVER)
            coverage.save(path.parent, ledger)
            place = parquet_files.quarantine(path, self.root)
            self.report(f"{path} was moved to {place}; {recovery(series, damage.start, damage.end)}")
            return None

    def summary(self, path: Path, series: Series) -> Summary | None:
        """The footer of a file; `None` for one that is gone and, with a report, for a damaged one."""
        try:
            return parquet_files.summary(path, self.source, series.folder)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            self._note(path, series, error)
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

    def _note(self, path: Path, series: Series, error: DamagedFile) -> Damage:
        """Remember and report a damaged file."""
        if path not in self.damaged:
            self.damaged[path] = Damage(path, series, *self._extent(path, series))
        damage = self.damaged[path]
        self.report(f"{error}; it held {damage.held}")
        return damage

    def _extent(self, path: Path, series: Series) -> coverage.Range:
        """The range of what a damaged file held: by its footer, else by the ledger, else by its name."""
        first, last = span(path.name) or FOREVER
        try:
            footer = parquet_files.summary(path, self.source, series.folder)
            known = [(footer.first, footer.last + _width(series))]
        except DamagedFile:
            ranges = coverage.load(path.parent)
            known = [each for each in ranges if each[0] < last and first < each[1]]
        if known:
            return max(first, known[0][0]), min(last, known[-1][1])
        return first, last


def recovery(series: Series, start: int, end: int) -> str:
    """How to get back what a damaged file held of [start, end)."""
    where = f"{series.contract_id}@{series.exchange}"
    if not isinstance(series, BarSeries):
        return (
            f"the {series.kind} ticks of {where}, {iso(start)} .. {iso(end)}, are lost unless it is restored"
        )
    kind = f"--bar-size {series.size} --what {series.what} --hours {series.hours}"
    dates = f"--start {iso(start)} --end {iso(end)}"
    return f"get back what it held with: backfill {where} {kind} {dates}"


def _width(series: Series) -> int:
    return BarSize.parse(series.size).nanoseconds if isinstance(series, BarSeries) else SECOND


def _order(path: Path) -> tuple[str, bool, str]:
    stem, _, rest = path.name.partition(".")
    return stem, rest != "parquet", rest
