"""The newest form of each bar of some days, ready to be compared with what is offered.

An upsert of many contracts would otherwise read and merge all of them to tell what is new. What is kept here
follows from the store and may be dropped at any time.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.bar_forms import COMPLETE, VALUES, Forms, UpsertReport
from data_processing.contracts import Ints, Route, coded
from market.times import DAY

_DAYS = 16
Bools = npt.NDArray[np.bool_]
Load = Callable[[Sequence[Route], int, int], pa.Table]
"""The latest versions of some contracts, or of all for none, that start in [start, end)."""


class Keys(NamedTuple):
    """Contract and time of each row, as numbers into what there is of them."""

    contract: Ints
    time: Ints
    routes: list[Route]
    times: list[int]

    @classmethod
    def of(cls, bars: pa.Table) -> "Keys":
        """The keys of a table with the columns `contract_id`, `exchange` and `time`."""
        codes, routes = coded(bars)
        times = bars["time"].cast(pa.int64()).combine_chunks().dictionary_encode()
        return cls(codes, np.asarray(times.indices, np.int64), routes, times.dictionary.to_pylist())

    def among(self, rows: Bools) -> "Keys":
        """The keys of some of the rows."""
        return self._replace(contract=self.contract[rows], time=self.time[rows])

    @property
    def distinct(self) -> bool:
        """Whether no two rows have the same key."""
        keys, room = self.contract * len(self.times) + self.time, len(self.routes) * len(self.times)
        if room > 16 * len(keys):
            return len(np.unique(keys)) == len(keys)
        return bool(np.bincount(keys, minlength=1).max() < 2)


class Judgement(NamedTuple):
    """Which rows change something, and what becomes of all; `unclear` ones came before what they meet."""

    changed: Bools
    unclear: Bools
    report: UpsertReport
    keys: Keys
    forms: Forms


class Day:
    """The bars of one UTC day in a section."""

    def __init__(self, day: int, load: Load) -> None:
        self._span = day * DAY, (day + 1) * DAY
        self._load = load
        self._all = False
        self._contracts = dict[Route, int]()
        self._times = dict[int, int]()
        self._row = np.full((0, 0), -1, np.int32)
        self._forms = Forms(np.empty((0, len(VALUES))), np.empty(0, np.int64), np.empty(0, np.int64))
        self._count = 0

    def judge(self, bars: pa.Table, keys: Keys, few: int) -> Judgement:
        """Compare bars, each key once.

        Contracts that are not known yet are loaded, all of the day at once unless they are `few`.
        """
        unknown = [] if self._all else [route for route in keys.routes if route not in self._contracts]
        if unknown:
            self._all = len(unknown) > few
            loaded = self._load([] if self._all else unknown, *self._span)
            self._put(Keys.of(loaded), Forms.of(loaded), unknown)
        row, forms = self._rows(keys), Forms.of(bars)
        there = row >= 0
        top = self._forms.take(row) if self._count else forms
        same = (forms.values == top.values) | (np.isnan(forms.values) & np.isnan(top.values))
        equal, later = same.all(axis=1), forms.known >= top.known
        below, level = forms.rank < top.rank, forms.rank == top.rank
        unchanged = there & ((below & ((forms.rank < COMPLETE) | later)) | (equal & (below | level) & later))
        unclear = there & ~unchanged & ~later
        revised = there & ~unchanged & later & level & (forms.rank >= COMPLETE)
        confirmed = there & ~unchanged & later & ~revised
        counts = [int(np.count_nonzero(each)) for each in (~there, confirmed, revised, unchanged)]
        return Judgement(~unchanged, unclear, UpsertReport(*counts), keys, forms)

    def put(self, judged: Judgement) -> None:
        """What changed something is stored now, and newest."""
        changed = judged.changed
        self._put(judged.keys.among(changed), judged.forms.take(np.flatnonzero(changed)), ())

    def _put(self, keys: Keys, forms: Forms, known: Sequence[Route]) -> None:
        """Take forms in place of those of the same key; contracts in `known` have no others."""
        for route in (*known, *keys.routes):
            self._contracts.setdefault(route, len(self._contracts))
        for each in keys.times:
            self._times.setdefault(each, len(self._times))
        self._grow()
        contract, time = self._places(keys)
        row = self._row[contract, time].astype(np.int64)
        new = np.flatnonzero(row < 0)
        row[new] = self._count + np.arange(len(new))
        self._row[contract[new], time[new]] = row[new]
        self._count += len(new)
        self._forms = self._forms.reaching(self._count)
        for mine, column in zip(self._forms, forms, strict=True):
            mine[row] = column

    def _rows(self, keys: Keys) -> Ints:
        contract, time = self._places(keys)
        known = (contract >= 0) & (time >= 0)
        row = np.full(len(contract), -1, np.int64)
        row[known] = self._row[contract[known], time[known]]
        return row

    def _places(self, keys: Keys) -> tuple[Ints, Ints]:
        """The place of each row in the table of contracts and times; -1 where it has none."""
        contracts = np.array([self._contracts.get(route, -1) for route in keys.routes], np.int64)
        times = np.array([self._times.get(time, -1) for time in keys.times], np.int64)
        return contracts[keys.contract], times[keys.time]

    def _grow(self) -> None:
        height, width = self._row.shape
        if len(self._contracts) > height or len(self._times) > width:
            shape = max(height, 2 * len(self._contracts)), max(width, 2 * len(self._times))
            grown = np.full(shape, -1, np.int32)
            grown[:height, :width] = self._row
            self._row = grown


class Latest:
    """The days that were asked for last."""

    def __init__(self) -> None:
        self._days = OrderedDict[tuple[str, int], Day]()

    def day(self, section: str, day: int, load: Load) -> Day:
        """A day of a section, made when it is not there."""
        found = self._days.pop((section, day), None) or Day(day, load)
        self._days[section, day] = found
        if len(self._days) > _DAYS:
            self._days.popitem(last=False)
        return found

    def put(self, section: str, day: int, judged: Judgement) -> None:
        """What was judged is stored."""
        if found := self._days.get((section, day)):
            found.put(judged)

    def drop(self, section: str, day: int) -> None:
        """Forget a day of a section."""
        self._days.pop((section, day), None)

    def clear(self) -> None:
        """Forget all: something else than an upsert changed the store."""
        self._days.clear()
