"""What history has answered for good, and what is removed on purpose: the ledger and the files agree.

The ledger is only ever too small: rows are safe before it speaks of them, and it forgets before files go.
"""

from collections.abc import Collection, Sequence
from typing import Literal

from data_processing.compaction import Compaction
from data_processing.coverage import Range, missing, union, without
from data_processing.shelf import Shelf
from data_processing.stretches import belongs
from data_storage.evidence import Evidence
from data_storage.layout import FOREVER, BarSeries, Series, parse_folder, series_in
from data_storage.ledger import Ledger
from data_storage.manifest import StoreFile
from data_storage.tables import stored_schema

Kind = Literal["bars", "ticks"]


class Answers:
    """The ranges that need not be asked for again."""

    def __init__(self, shelf: Shelf, ledger: Ledger) -> None:
        self._shelf = shelf
        self._ledger = ledger

    def of(self, series: Series, start: int, end: int) -> list[Range]:
        """What of [start, end) was answered and is readable; every file of the range is read."""
        ranges = missing(missing(self._ledger.answered(series.folder), start, end), start, end)
        return self._shelf.steady(lambda: self._readable(series, ranges, start, end)) if ranges else []

    def mark(self, series: Series, start: int, end: int) -> None:
        """Note an answer; what it brought must be safe already."""
        ranges = self._ledger.answered(series.folder)
        if missing(ranges, start, end):
            self._ledger.put_answered({series.folder: union([*ranges, (start, end)])})

    def forget(self, series: Series) -> None:
        """Nothing was answered."""
        self._ledger.put_answered({series.folder: []})

    def _readable(self, series: Series, ranges: list[Range], start: int, end: int) -> list[Range]:
        names = stored_schema(series.section).names
        for file in self._shelf.look(series.section, (series.contract_id, series.exchange)).files:
            if file.span[0] < end and start < file.span[1]:
                self._shelf.read([file], series, *file.span, names)
                if self._shelf.is_damaged(file, series):
                    ranges = without(ranges, file.span)
        return ranges


class Retention:
    """Removes series and old files, and what the ledger says of them: it is not missed."""

    def __init__(self, shelf: Shelf, ledger: Ledger, compaction: Compaction) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._compaction = compaction

    def delete(self, series: Series) -> int:
        """Remove a series; the answer is the number of bytes freed."""
        self._ledger.put_answered({series.folder: []})
        self._forget([series], FOREVER[1])
        return self._compaction.delete(series.section, (series.contract_id, series.exchange))

    def prune(self, kind: Kind, before: int) -> int:
        """Remove the files that hold nothing at or after `before`; the answer is the bytes freed."""
        self._compaction.compact()
        old = old_files(self._shelf, kind, before)
        for section in {file.section for file in old}:
            until = max(file.span[1] for file in old if file.section == section)
            answered = self._ledger.all_answered()
            inside = {each for each in answered if parse_folder(each).section == section}
            self._ledger.put_answered({each: without(answered[each], (FOREVER[0], until)) for each in inside})
            self._forget([parse_folder(each) for each in inside] + self._series(section), until)
        self._compaction.remove(old)
        return sum(file.size for file in old)

    def _series(self, section: str) -> list[Series]:
        return [series_in(section, *route) for route in self._shelf.routes(section)]

    def _forget(self, series: Collection[Series], before: int) -> None:
        evidence = Evidence(self._ledger.path.parent)
        for each in series:
            if isinstance(each, BarSeries):
                evidence.forget(each, before)
        past = [each for each in self._ledger.spans() if each.end is not None and each.end <= before]
        gone = {each.key for one in series for each in past if belongs(each, one)}
        if gone:
            self._ledger.put([], gone)


def old_files(shelf: Shelf, kind: Kind, before: int) -> Sequence[StoreFile]:
    """The files of a kind that hold nothing at or after `before`."""
    shelf.refresh()
    files = shelf.manifest.files
    return [file for file in files if file.path.startswith(f"{kind}/") and file.span[1] <= before]
