"""Two stores get the same; one of them makes files at any time, and gives the same answers."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from data_processing.reading import Known, Readings
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries, Series, TickSeries
from market.clock import DrivenClock
from market.events import Bar, BarSource, DataType, Tick
from market.times import DAY, MINUTE, SECOND
from tests.fakes import SIM, T0, bar, quote, trade

TICKS = (TickSeries(1, "SMART", "Last"), TickSeries(1, "IBIS", "Last"), TickSeries(2, "SMART", "BidAsk"))
CONTRACTS = (1, 2)
# Streams begin a second before it. How far ticks are from the newest second of their stream:
MIDNIGHT = T0 - T0 % DAY + DAY
STEPS = st.integers(-1, 1)
TYPES = st.sampled_from([*[DataType.LIVE] * 4, DataType.DELAYED])
VALUES = st.tuples(STEPS, TYPES, st.integers(1, 2).map(float), st.sampled_from([None, 1.0, 2.0]))
SERIES = st.sampled_from([*TICKS[:1] * 4, *TICKS])
FORMS: tuple[tuple[BarSource, bool], ...] = (
    ("ticks", False),
    ("live", False),
    ("ticks", True),
    ("history", True),
)
MINUTES = (0, 1, 1440, 1440 * 4, 1440 * 40)
KNOWN: tuple[Known, ...] = ("latest", "first", "all")
BARS = st.lists(
    st.tuples(
        st.sampled_from(CONTRACTS),
        st.sampled_from(["5s", "1m", "1D"]),
        st.sampled_from(MINUTES),
        st.sampled_from(FORMS),
        st.integers(1, 3).map(float),
    ),
    min_size=1,
    max_size=6,
)
Twin = Callable[[TimeseriesDB], Any]
SPAN = st.lists(VALUES, min_size=1, max_size=3)
TICK_STEPS = st.one_of(
    st.tuples(st.just("live"), SERIES, SPAN),
    st.tuples(st.just("live"), SERIES, SPAN),
    st.tuples(st.just("live"), SERIES, SPAN),
    st.tuples(st.just("history"), SERIES, SPAN),
    st.tuples(st.sampled_from(["fill", "load"]), SERIES, SPAN),
    st.tuples(st.sampled_from(["cut", "join"]), SERIES, STEPS),
    st.tuples(st.just("end"), st.booleans(), st.none()),
)
BAR_STEPS = st.one_of(
    st.tuples(st.just("bars"), BARS, st.none()), st.tuples(st.just("end"), st.booleans(), st.none())
)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class Twins:
    """`plain` has everything in the log, until it is killed too; `filing` makes files whenever it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, DrivenClock(T0 + 90 * DAY)
        self.newest = dict.fromkeys(TICKS, -1)
        self.plain, self.filing = self.open("plain"), self.open("filing")

    def open(self, name: str) -> TimeseriesDB:
        return TimeseriesDB.open(self.folder / name, SIM, write=True, clock=self.clock, report=refuse)

    def both(self, act: Twin) -> None:
        assert act(self.plain) == act(self.filing)

    def close(self) -> None:
        self.plain.close()
        self.filing.close()

    def step(self, name: str, *given: Any) -> None:
        self.clock.advance(SECOND)
        getattr(self, name)(*given)

    def live(self, series: TickSeries, values: Sequence[Any]) -> None:
        """A stream: its ticks are a second late at most."""
        came = list[Any]()
        for step, *rest in values:
            self.newest[series] = max(self.newest[series], self.newest[series] + step)
            came.append((min(self.newest[series], self.newest[series] + step), *rest))
        ticks = self.ticks(series, came, "tbt")
        self.both(lambda db: db.append_ticks(ticks))

    def answer(self, series: TickSeries, values: Sequence[Any]) -> list[Tick]:
        """What history has of the seconds around the newest of a stream."""
        around = [(self.newest[series] + step, *rest) for step, *rest in values]
        return self.ticks(series, sorted(around, key=lambda each: each[0]), "history")

    def history(self, series: TickSeries, values: Sequence[Any]) -> None:
        ticks = self.answer(series, values)
        self.both(lambda db: db.append_ticks(ticks))

    def fill(self, series: TickSeries, values: Sequence[Any]) -> None:
        ticks = self.answer(series, values)
        self.both(lambda db: db.fill_ticks(ticks))

    def load(self, series: TickSeries, values: Sequence[Any]) -> None:
        ticks = self.answer(series, values)
        self.plain.append_ticks(ticks)
        self.filing.load_ticks(series.kind, table_of(ticks))

    def cut(self, series: TickSeries, _: int) -> None:
        self.both(lambda db: db.cut(series.contract_id, series.kind))

    def join(self, series: TickSeries, _: int) -> None:
        time = MIDNIGHT + self.newest[series] * SECOND
        self.both(lambda db: db.join(*route(series), series.kind, time))

    def bars(self, offered: Sequence[Any], _: None) -> None:
        given = [made(self.clock.now(), *each) for each in offered]
        self.both(lambda db: db.upsert_bars(given))

    def end(self, killed: bool, _: None) -> None:
        """The writers end; only one of them can make files of what it has."""
        abandon(self.plain)
        (abandon if killed else TimeseriesDB.close)(self.filing)
        self.plain, self.filing = self.open("plain"), self.open("filing")

    def ticks(self, series: TickSeries, values: Sequence[Any], source: str) -> list[Tick]:
        (contract, exchange), kind = route(series), series.kind
        changes = {
            "contract_id": contract,
            "exchange": exchange,
            "received": self.clock.now(),
            "source": source,
        }
        found = list[Tick]()
        for second, data_type, price, size in values:
            more = changes | {"time": MIDNIGHT + second * SECOND, "data_type": data_type}
            if kind == "BidAsk":
                found.append(quote(0, price, None, **(more | {"bid_size": size})))
            else:
                found.append(trade(0, price, size, **(more | {"tick_type": kind})))
        return found


def abandon(db: TimeseriesDB) -> None:
    writer, db._writer = db._writer, None
    assert writer is not None
    writer.abandon()


def refuse(line: str) -> None:
    raise AssertionError(f"nothing is damaged, yet the store says: {line}")


def made(now: int, contract: int, size: str, minute: int, form: tuple[BarSource, bool], close: float) -> Bar:
    source, final = form
    plain = bar(close=close, low=0.0, time=time_of(size, minute), received=now)
    return replace(plain, contract_id=contract, size=size, source=source, final=final)


def time_of(size: str, minute: int) -> int:
    time = T0 + minute * MINUTE
    return time - time % DAY if size == "1D" else time


def table_of(ticks: Sequence[Tick]) -> pa.Table:
    names = ["contract_id", "exchange", "time", "received", "data_type"]
    names += ["bid", "ask", "bid_size", "ask_size"] if hasattr(ticks[0], "bid") else ["price", "size"]
    return pa.table({name: [getattr(each, name) for each in ticks] for name in names})


def answers(db: TimeseriesDB) -> list[Any]:
    """All that can be asked, except what lies where."""
    stored = db.series()
    found: list[Any] = [
        (each.series, each.first, each.last, each.rows, each.revisions, each.disagreements)
        for each in db.inventory()
    ]
    for view in (db, db.as_known_at(db._clock.now() - 3 * SECOND)):
        for series in stored:
            told = about_bars(view, series) if isinstance(series, BarSeries) else about_ticks(view, series)
            found += [each.to_pylist() for each in told]
    found += [db.revisions(each, *FOREVER).to_pylist() for each in stored if isinstance(each, BarSeries)]
    return found


def about_ticks(view: Readings, series: TickSeries) -> Iterator[pa.Table]:
    yield view.ticks(*route(series), series.kind, *FOREVER)
    yield view.last_ticks(*route(series), series.kind, 2)


def about_bars(view: Readings, series: BarSeries) -> Iterator[pa.Table]:
    for known in KNOWN:
        yield view.bars(*route(series), series.size, *FOREVER, known=known)
    yield view.last_bars(*route(series), series.size, 2)
    for minute in MINUTES:
        yield view.bars_at(series.size, time_of(series.size, minute))


def route(series: Series) -> tuple[int, str]:
    return series.contract_id, series.exchange


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(st.tuples(TICK_STEPS, st.booleans()), min_size=8, max_size=16))
def test_making_files_changes_no_answer_about_ticks(scene: Sequence[Any]) -> None:
    play(scene)


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(st.tuples(BAR_STEPS, st.booleans()), min_size=3, max_size=8))
def test_making_files_changes_no_answer_about_bars(scene: Sequence[Any]) -> None:
    play(scene)


def play(scene: Sequence[Any]) -> None:
    """Each step, and whether files are made after it."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, closing(Twins(Path(folder))) as twins:
        for step, filed in scene:
            twins.step(*step)
            if filed:
                twins.filing.compact()
            if filed or step[0] in ("load", "end"):
                assert answers(twins.filing) == answers(twins.plain)
        other = TimeseriesDB.open(Path(folder) / "filing", SIM, report=refuse, clock=twins.clock)
        assert answers(twins.filing) == answers(twins.plain) == answers(other)
