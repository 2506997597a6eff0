from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data_processing.bar_merge import merge
from data_processing.contracts import coded
from data_processing.recordings import Recordings
from data_processing.settling import finished, numbered, settle_bars, settle_ticks, split
from data_processing.tick_merge import fold
from data_storage.layout import TickSeries
from data_storage.tables import BARS, FILLED, OPEN, PARTIAL, TICKS, WHOLE, bars_table, with_ids
from market.events import Bar
from tests.fakes import T0, bar, trade
from tests.tick_tables import ticks_table

IDS = st.integers(1, 3)
FORMS = st.builds(
    lambda id_, minute, close, received, final, source: bar(
        minute, float(close), contract_id=id_, received=received, final=final, source=source
    ),
    IDS,
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from(["ticks", "rtbar", "history"]),
)


def table(bars: Sequence[Bar]) -> pa.Table:
    return bars_table(bars, with_ids(BARS))


@settings(max_examples=50)
@given(st.lists(FORMS, max_size=6), st.lists(FORMS, max_size=6))
def test_bars_of_many_contracts_settle_as_those_of_each_alone(first: list[Bar], second: list[Bar]) -> None:
    both = settle_bars(settle_bars(table([]), table(first)), table(second))
    for id_ in (1, 2, 3):
        parts = [bars_table([each for each in bars if each.contract_id == id_]) for bars in (first, second)]
        alone, _ = merge(merge(BARS.empty_table(), parts[0])[0], parts[1])
        rows = [row for row in both.to_pylist() if row["contract_id"] == id_]
        names = ["time", "close", "final", "source", "version"]
        expected = alone.select(names).to_pylist()
        assert [{name: row[name] for name in names} for row in rows] == expected


@given(st.lists(st.tuples(IDS, st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=20))
def test_ticks_of_many_contracts_fold_as_those_of_each_alone(rows: list[tuple[int, int, int]]) -> None:
    ticks = [trade(second, contract_id=id_) for id_, _, second in rows]
    places = [sum(row == other for other in rows[:i]) for i, row in enumerate(rows)]
    numbers = [10 * recording + id_ for id_, recording, _ in rows]
    seen = [OPEN if recording % 2 else WHOLE for _, recording, _ in rows]
    both = settle_ticks([ticks_table(ticks, "Last", numbers, places, seen, ids=True)], "Last")
    for id_ in {row[0] for row in rows}:
        mine = [i for i, row in enumerate(rows) if row[0] == id_]
        pick = [[values[i] for i in mine] for values in (numbers, places, seen)]
        alone = fold([ticks_table([ticks[i] for i in mine], "Last", *pick)], "Last")
        assert both.filter(pa.compute.equal(both["contract_id"], id_)).select(TICKS["Last"].names) == alone


def test_a_recording_that_is_over_leaves_no_number() -> None:
    ticks = ticks_table(
        [trade(i) for i in range(4)], "Last", [5, 5, 6, 6], [0] * 4, [WHOLE, OPEN, WHOLE, OPEN]
    )
    done = finished(ticks, [6])
    assert done["recording"].to_pylist() == [0, 0, 6, 6]
    assert done["seen"].to_pylist() == [WHOLE, PARTIAL, WHOLE, OPEN]
    assert done["time"].cast("int64").to_pylist()[0] == T0


class Filing:
    """Two contracts, the ticks of which are filed now and then, and `all` that ever came of them."""

    def __init__(self) -> None:
        self._numbers, self._newest = count(1), {1: 0, 2: 0}
        self.recordings = Recordings(lambda: next(self._numbers))
        self.all = [ticks_table([], "Last", 0, [], [], ids=True)]
        self.file, self.log = self.all[0], list[pa.Table]()

    def live(self, id_: int, steps: Sequence[int]) -> None:
        """A stream; a step back is a tick that comes a second late."""
        for step in steps:
            self._newest[id_] += max(step, 0)
            recording = self.recordings.of(TickSeries(id_, "SMART", "Last"))
            tick = trade(self._newest[id_] + min(step, 0), contract_id=id_)
            place, seen = recording.place(tick.time)
            self._add(ticks_table([tick], "Last", recording.number, [place], [seen], ids=True))

    def answer(self, id_: int, steps: Sequence[int], seen: int) -> None:
        """History's, of seconds around the newest one."""
        ticks = [
            trade(self._newest[id_] + s, contract_id=id_, received=0, source="history") for s in sorted(steps)
        ]
        places = range(len(ticks))
        self._add(ticks_table(ticks, "Last", next(self._numbers), places, [seen] * len(ticks), ids=True))

    def file_now(self) -> None:
        live = self.recordings.live()
        rows = pa.concat_tables([self.file, *self.log])
        decided, held = split(rows, live) if live else (rows, rows.slice(0, 0))
        self.file, self.log = finished(told([decided]), live), [held]

    def _add(self, table: pa.Table) -> None:
        self.all.append(table)
        self.log.append(table)


def told(parts: Sequence[pa.Table]) -> pa.Table:
    ticks = settle_ticks(parts, "Last")
    return numbered(ticks, coded(ticks).codes)


STEPS = st.lists(st.integers(-1, 1), min_size=1, max_size=3)


@settings(max_examples=5 * settings().max_examples)
@given(
    st.lists(
        st.tuples(st.sampled_from(["live", "live", WHOLE, FILLED, "cut"]), IDS, STEPS, st.booleans()),
        max_size=12,
    )
)
def test_filing_ticks_at_any_time_changes_nothing_that_is_told(steps: Sequence[Any]) -> None:
    filing = Filing()
    for what, id_, seconds, filed in steps:
        id_ = 1 + id_ // 3
        if what == "cut":
            filing.recordings.cut(partial(of_contract, id_))
        elif what == "live":
            filing.live(id_, seconds)
        else:
            filing.answer(id_, seconds, what)
        if filed:
            filing.file_now()
        columns = ["contract_id", "time", "ordinal", "source", "disputed"]
        found, wanted = told([filing.file, *filing.log]), told(filing.all)
        assert found.select(columns).equals(wanted.select(columns))
        assert is_whole(found) == is_whole(wanted)


def of_contract(id_: int, series: TickSeries) -> bool:
    return series.contract_id == id_


def is_whole(ticks: pa.Table) -> list[bool]:
    return [seen >= WHOLE for seen in ticks["seen"].to_pylist()]
