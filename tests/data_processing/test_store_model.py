"""Any order of appends, revisions, compactions, restarts, kills and readers gives the model's answer."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from data_processing.bar_forms import UpsertReport
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries
from data_storage.tables import bars_table
from market.clock import DrivenClock
from market.events import Bar, BarSource, Tick
from market.times import DAY, MINUTE, SECOND, parse
from tests.data_processing.store_model import BarModel, Row, SeriesKey, TickModel, values
from tests.fakes import SIM, T0, bar, quote, trade

FEW, CONTRACTS = (1, 2), tuple(range(1, 11))
SIZES = ("1m", "1D")
# Both sides of the end of a day, of a month and of a year.
TIMES = tuple(
    parse(day) + minute
    for day in ("2025-12-31T00:00:00", "2026-01-01T00:00:00", "2026-01-31T00:00:00", "2026-02-01T00:00:00")
    for minute in (0, 23 * 60 * MINUTE + 59 * MINUTE)
)
FORMS: tuple[tuple[BarSource, bool], ...] = (
    ("ticks", False),
    ("live", False),
    ("ticks", True),
    ("history", True),
)
SERIES: tuple[SeriesKey, ...] = ((1, "Last"), (2, "Last"), (1, "BidAsk"))
# A disk would be synced thousands of times, and what a sync is good for is not the question here.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
NOW = parse("2026-02-02T12:00:00")

prices = st.integers(-3, 3).map(float)
sizes = st.sampled_from([None, 0.0, 1.0, 2.0])
ticks = st.lists(st.tuples(prices, sizes), min_size=1, max_size=3)
offers = st.tuples(
    st.sampled_from(FEW), st.sampled_from(SIZES), st.sampled_from(TIMES), st.sampled_from(FORMS), prices
)


class StoreAgainstModel(RuleBasedStateMachine):
    """One writer, killed now and then, and a reader that was opened at some time before."""

    @initialize()
    def begin(self) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="store-model-", dir=MEMORY))
        self.folder = self.scratch / "0"
        self.clock, self.bars, self.ticks = DrivenClock(NOW), BarModel(), TickModel()
        self.second = dict.fromkeys(SERIES, T0 // SECOND)
        self.kills = 0
        self.db = self.open()
        self.reader = TimeseriesDB.open(self.folder, SIM)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            shutil.rmtree(self.scratch)

    def open(self) -> TimeseriesDB:
        return TimeseriesDB.open(self.folder, SIM, write=True, clock=self.clock, report=self.refuse)

    def refuse(self, line: str) -> None:
        raise AssertionError(f"nothing is damaged, yet the store says: {line}")

    # -- bars

    @rule(offered=st.lists(offers, min_size=1, max_size=6), table=st.booleans())
    def upsert(self, offered: Sequence[Any], table: bool) -> None:
        self.clock.advance(SECOND)
        given = [self.bar(*each) for each in offered]
        if table:
            given = [each for each in given if each.size == "1m"]
            found = self.db.upsert_bar_table("1m", "TRADES", "all", as_table(given))
        else:
            found = self.db.upsert_bars(given)
        assert found == sum(map(self.bars.offer, given), UpsertReport())

    @rule(offered=st.lists(offers, min_size=1, max_size=6), size=st.sampled_from(SIZES))
    def load_bars(self, offered: Sequence[Any], size: str) -> None:
        self.clock.advance(SECOND)
        given = [each for each in (self.bar(*each) for each in offered) if each.size == size]
        self.db.load_bars(size, "TRADES", "all", as_table(given))
        for each in given:
            self.bars.offer(each)

    @rule(one=offers, count=st.integers(8, 10))
    def upsert_of_many_contracts(self, one: Any, count: int) -> None:
        """What a minute brings: they are compared with the newest bars in memory."""
        self.clock.advance(SECOND)
        given = [self.bar(contract, *one[1:]) for contract in CONTRACTS[:count]]
        assert self.db.upsert_bars(given) == sum(map(self.bars.offer, given), UpsertReport())

    def bar(self, contract: int, size: str, time: int, form: tuple[BarSource, bool], close: float) -> Bar:
        source, final = form
        time = time - time % DAY if size == "1D" else time
        plain = bar(close=close, low=-9.0, time=time, received=self.clock.now())
        return replace(plain, contract_id=contract, size=size, source=source, final=final)

    # -- ticks

    @rule(series=st.sampled_from(SERIES), burst=ticks, step=st.integers(0, 2), table=st.booleans())
    def live(self, series: SeriesKey, burst: Sequence[Any], step: int, table: bool) -> None:
        self.second[series] += step
        self.append(series, self.second[series], burst, table)

    @precondition(lambda self: self.ticks.streams)
    @rule(series=st.sampled_from(SERIES), burst=ticks)
    def live_and_late(self, series: SeriesKey, burst: Sequence[Any]) -> None:
        stream = self.ticks.streams.get(series)
        if stream and stream.joined is not None and stream.joined < self.second[series] - 1:
            self.append(series, self.second[series] - 1, burst, table=False)

    def append(self, series: SeriesKey, second: int, burst: Sequence[Any], table: bool) -> None:
        self.clock.advance(SECOND)
        rows = [(price, size, self.clock.now()) for price, size in burst]
        given = [tick(series, second, row) for row in rows]
        if table and series[1] == "Last":
            self.db.append_tick_table("Last", tick_table(given))
        else:
            self.db.append_ticks(given)
        for row in rows:
            self.ticks.live(series, second, row)

    @rule(
        series=st.sampled_from(SERIES),
        answer=st.dictionaries(st.integers(-3, 1), ticks, min_size=1, max_size=4),
        way=st.sampled_from(["append", "fill", "load"]),
    )
    def history(self, series: SeriesKey, answer: dict[int, Any], way: str) -> None:
        """What history has, also of the second that a stream is in and of those that it will come to."""
        self.clock.advance(SECOND)
        newest, now = self.second[series], self.clock.now()
        known = {newest + offset: [(*each, now) for each in rows] for offset, rows in answer.items()}
        given = [tick(series, second, row, "history") for second in sorted(known) for row in known[second]]
        if way == "load" and series[1] == "Last":
            self.db.load_ticks("Last", tick_table(given))
        elif way == "fill":
            self.db.fill_ticks(given)
        else:
            self.db.append_ticks(given)
        self.ticks.answer(series, known, filling=way == "fill")

    @rule(series=st.sampled_from(SERIES))
    def cut(self, series: SeriesKey) -> None:
        self.db.cut(series[0], series[1])
        self.ticks.cut(series)

    @rule(series=st.sampled_from(SERIES))
    def join(self, series: SeriesKey) -> None:
        self.db.join(series[0], "SMART", series[1], self.second[series] * SECOND)
        self.ticks.join(series, self.second[series])

    # -- what must change nothing

    @rule()
    def compact(self) -> None:
        self.db.compact()

    @rule()
    def restart(self) -> None:
        self.db.close()
        self.db = self.open()
        self.ticks.cut()

    @rule()
    def kill(self) -> None:
        """What lies on the disk at this moment is all that the next writer has."""
        self.kills += 1
        killed = self.folder
        self.folder = self.scratch / str(self.kills)
        shutil.copytree(killed, self.folder)
        self.db.close()
        self.db, self.reader = self.open(), TimeseriesDB.open(self.folder, SIM)
        self.ticks.cut()

    # -- answers

    @rule(
        size=st.sampled_from(SIZES),
        contract=st.sampled_from(FEW),
        ends=st.lists(st.sampled_from([*TIMES, *FOREVER]), min_size=2, max_size=2),
        fresh=st.booleans(),
    )
    def bars_of_a_range(self, size: str, contract: int, ends: Sequence[int], fresh: bool) -> None:
        start, end = sorted(ends)
        db = self.db if fresh else self.reader
        wanted = self.bars.between(contract, size, start, end)
        latest = db.bars(contract, "SMART", size, start, end)
        assert rows_of(latest) == [expected(each[-1], len(each) - 1) for each in wanted]
        batches = db.bar_batches(contract, "SMART", size, start, end)
        assert pa.Table.from_batches(batches, latest.schema).equals(latest)
        every = [expected(one, n) for each in wanted for n, one in enumerate(each)]
        assert rows_of(db.bars(contract, "SMART", size, start, end, known="all")) == every
        revised = [expected(one, n) for each in wanted if len(each) > 1 for n, one in enumerate(each)]
        assert rows_of(db.revisions(BarSeries(contract, "SMART", size), start, end)) == revised

    @rule(
        size=st.sampled_from(SIZES), time=st.sampled_from(TIMES), count=st.integers(1, 4), fresh=st.booleans()
    )
    def newest_and_all_contracts(self, size: str, time: int, count: int, fresh: bool) -> None:
        db = self.db if fresh else self.reader
        for contract in CONTRACTS:
            wanted = [each[-1].time for each in self.bars.between(contract, size, *FOREVER)][-count:]
            assert times_of(db.last_bars(contract, "SMART", size, count)) == wanted
        table = db.bars_at(size, time)
        wanted_at = [each[-1] for c in CONTRACTS for each in self.bars.between(c, size, time, time + 1)]
        assert table["contract_id"].to_pylist() == [each.contract_id for each in wanted_at]
        assert table["close"].to_pylist() == [each.close for each in wanted_at]

    @rule(size=st.sampled_from(SIZES), contract=st.sampled_from(FEW), ago=st.integers(0, 20))
    def bars_as_they_were_known(self, size: str, contract: int, ago: int) -> None:
        then = self.clock.now() - ago * SECOND
        versions = self.bars.between(contract, size, *FOREVER)
        known = [[one for one in each if one.received <= then] for each in versions]
        found = self.db.as_known_at(then).bars(contract, "SMART", size, *FOREVER)
        assert found["close"].to_pylist() == [each[-1].close for each in known if each]

    @rule(series=st.sampled_from(SERIES), skip=st.integers(0, 4), fresh=st.booleans())
    def ticks_of_a_range(self, series: SeriesKey, skip: int, fresh: bool) -> None:
        db, (contract, kind) = self.db if fresh else self.reader, series
        start = (T0 // SECOND - 3 + skip) * SECOND
        table = db.ticks(contract, "SMART", kind, start, FOREVER[1])
        batches = db.tick_batches(contract, "SMART", kind, start, FOREVER[1])
        assert pa.Table.from_batches(batches, table.schema).equals(table)
        whole = db.ticks(contract, "SMART", kind, *FOREVER)
        assert db.last_ticks(contract, "SMART", kind, 2).equals(whole.slice(max(0, whole.num_rows - 2)))
        self.compare(series, by_second(table, kind), start // SECOND)

    def compare(self, series: SeriesKey, found: dict[int, list[Any]], first: int) -> None:
        seconds = [second for second in self.ticks.seconds(series) if second >= first]
        assert sorted(found) == seconds
        for second in seconds:
            wanted, rows = self.ticks.second(series, second), found[second]
            assert rows == [(*row, wanted.whole, wanted.disputed) for row in wanted.rows]

    @invariant()
    def as_many_files_as_periods(self) -> None:
        """No append leaves a file: files come from compaction only, one for each period that has rows."""
        if hasattr(self, "db"):
            assert len(self.db.files()) <= 12


def tick(series: SeriesKey, second: int, row: Row, source: str = "tbt") -> Tick:
    """A trade, or a quote whose bid is the price."""
    (contract, name), (price, size, received) = series, row
    changes: dict[str, object] = {
        "contract_id": contract,
        "received": received,
        "time": second * SECOND,
        "source": source,
    }
    if name == "Last":
        return trade(0, price, size, **changes)
    return quote(0, price, None, **(changes | {"bid_size": size, "ask_size": None}))


def as_table(bars: Sequence[Bar]) -> pa.Table:
    ids = {"contract_id": [each.contract_id for each in bars], "exchange": ["SMART"] * len(bars)}
    table = bars_table(bars).drop_columns(["version"])
    for name, column in ids.items():
        table = table.append_column(
            name, pa.array(column, pa.int64() if name == "contract_id" else pa.string())
        )
    return table


def tick_table(given: Sequence[Any]) -> pa.Table:
    names = ("contract_id", "exchange", "time", "price", "size", "received", "source")
    kinds = (pa.int64(), pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.int64(), pa.string())
    return pa.table(
        {n: pa.array([getattr(each, n) for each in given], k) for n, k in zip(names, kinds, strict=True)}
    )


def expected(one: Bar, version: int) -> tuple[Any, ...]:
    return one.time, values(one), one.final, one.source, one.received, version


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    table = table.set_column(0, "time", table["time"].cast(pa.int64()))
    table = table.set_column(table.num_columns - 1, "known_at", table["known_at"].cast(pa.int64()))
    names = ("open", "high", "low", "close", "volume", "average", "count")
    return [
        (
            row["time"],
            tuple(row[n] for n in names),
            row["final"],
            row["source"],
            row["known_at"],
            row["version"],
        )
        for row in table.to_pylist()
    ]


def times_of(table: pa.Table) -> list[int]:
    return list(table["time"].cast(pa.int64()).to_pylist())


def by_second(table: pa.Table, name: str) -> dict[int, list[Any]]:
    """Price, size, received, whole and disputed of the rows of each second, in order."""
    price, size = ("price", "size") if name == "Last" else ("bid", "bid_size")
    columns = [table[n].to_pylist() for n in (price, size)] + [table["received"].cast(pa.int64()).to_pylist()]
    found: dict[int, list[Any]] = {}
    for time, *row in zip(
        times_of(table), *columns, table["whole"].to_pylist(), table["disputed"].to_pylist(), strict=True
    ):
        found.setdefault(time // SECOND, []).append(tuple(row))
    return found


# Shrinking would take longer than a test may; add `Phase.shrink` by hand to understand a failure.
StoreAgainstModel.TestCase.settings = settings(
    max_examples=settings().max_examples * 5 // 8,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestStoreAgainstModel = StoreAgainstModel.TestCase
