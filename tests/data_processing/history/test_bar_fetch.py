from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from data_processing.historical_data import BackfillReport, HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import ConnectionFailed, NoPermission, RequestRejected, RequestTimedOut
from market.events import Bar
from market.instrument import Instrument
from market.times import DAY, MINUTE
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar

ONE = BarSize.parse("1m")
SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")
HOUR = 60 * MINUTE
BARS = [bar(i, close=10 + i / 100, received=T0) for i in range(600)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


async def fetch(broker: FakeMarketData, db: TimeseriesDB, hours: int = 10, **options: Any) -> BackfillReport:
    history = HistoricalData(broker, db, clock=broker.clock)
    return await history.backfill(AAPL, ONE, T0, T0 + hours * HOUR, **options)


def lengths(broker: FakeMarketData) -> list[int]:
    return [(each.end - each.start) // MINUTE for each in broker.asked]


def closes(db: TimeseriesDB, known: Any = "latest") -> list[float]:
    table = db.bars(AAPL.contract_id, "SMART", "1m", T0 - 30 * DAY, T0 + DAY, known=known)
    return list(table["close"].to_pylist())


def split(bars: Sequence[Bar], ratio: float) -> list[Bar]:
    """The bars as history has them once the split is known."""
    return [
        replace(
            each, received=T0 + DAY, **{k: getattr(each, k) / ratio for k in ("open", "high", "low", "close")}
        )
        for each in bars
    ]


class Limited(FakeMarketData):
    """It serves no more than `most` at once, by a refusal or by `silence`."""

    most = 2 * HOUR
    silence = False

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        found = await super().bars(instrument, request)
        if request.end - request.start <= self.most:
            return found
        raise RequestTimedOut("nothing came") if self.silence else RequestRejected("Time length exceed max.")


async def test_requests_grow_while_answers_are_quick(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)
    report = await fetch(broker, db)
    assert (lengths(broker), report.new) == ([60, 120, 240, 180], 600)


async def test_what_is_too_long_for_the_gateway_is_asked_for_in_shorter_pieces(db: TimeseriesDB) -> None:
    broker = Limited(BARS)
    report = await fetch(broker, db)
    assert (lengths(broker), report.new) == ([60, 120, 240, 60, 120, 120, 120], 600)
    assert db.spans() == []


async def test_an_answer_that_was_cut_short_is_not_taken_for_all_there_is(db: TimeseriesDB) -> None:
    class Short(FakeMarketData):
        async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
            return list(await super().bars(instrument, request))[-90:]

    broker = Short(BARS)
    report = await fetch(broker, db)
    assert (report.new, db.answered(SERIES)) == (600, [(T0, T0 + 10 * HOUR)])
    assert closes(db) == [each.close for each in BARS]


async def test_silence_is_met_with_shorter_requests_and_told_once_they_are_short(db: TimeseriesDB) -> None:
    broker = Limited(BARS)
    broker.silence, broker.most = True, HOUR // 2
    assert (await fetch(broker, db)).new == 600
    assert lengths(broker)[:3] == [60, 30, 30]
    broker.most = 0
    with pytest.raises(RequestTimedOut, match="nothing came; what came is stored: 0 new bars"):
        await fetch(broker, db, refresh=True)
    assert lengths(broker)[-1] == 15


async def test_what_could_not_be_had_is_noted_until_it_can(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)

    def fail(number: int) -> None:
        if number == 2:
            raise NoPermission("subscribe first")

    broker.fail = fail
    with pytest.raises(NoPermission, match="what came is stored: 60 new bars"):
        await fetch(broker, db)
    assert [(each.start, each.end, each.state) for each in db.spans()] == [(T0 + HOUR, T0 + 10 * HOUR, "gap")]
    assert db.spans()[0].reason == "subscribe first"
    await fetch(broker, db)
    assert (db.spans(), len(closes(db))) == ([], 600)


async def test_what_is_refused_of_one_hole_does_not_keep_the_next_one_waiting(db: TimeseriesDB) -> None:
    class Partial(FakeMarketData):
        """Nothing of the first hour is served."""

        async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
            if request.start < T0 + HOUR:
                raise RequestRejected("not now")
            return await super().bars(instrument, request)

    db.mark_answered(SERIES, T0 + HOUR, T0 + 2 * HOUR)
    with pytest.raises(RequestRejected, match="not now; what came is stored: 480 new bars"):
        await fetch(Partial(BARS), db)
    assert [(each.start, each.end, each.state) for each in db.spans()] == [(T0, T0 + HOUR, "pending")]
    await fetch(FakeMarketData(BARS), db, hours=1)
    assert (db.spans(), db.answered(SERIES)) == ([], [(T0, T0 + 10 * HOUR)])


async def test_two_refusals_in_a_row_are_enough(db: TimeseriesDB) -> None:
    for hour in (1, 3, 5):
        db.mark_answered(SERIES, T0 + hour * HOUR, T0 + (hour + 1) * HOUR)
    broker = FakeMarketData()

    def fail(number: int) -> None:
        raise RequestRejected("not now")

    broker.fail = fail
    with pytest.raises(RequestRejected):
        await fetch(broker, db)
    assert (len(broker.asked), len(db.spans())) == (2, 4)


async def test_data_that_does_not_exist_leaves_no_note(db: TimeseriesDB) -> None:
    broker = FakeMarketData()

    def fail(number: int) -> None:
        raise RequestRejected("no such data")

    broker.fail = fail
    with pytest.raises(RequestRejected):
        await fetch(broker, db)
    assert db.spans() == []


async def test_bars_before_a_rest_of_the_market_are_asked_for_by_themselves(db: TimeseriesDB) -> None:
    friday = [bar(i - 3 * 24 * 60, received=T0) for i in range(60)]
    broker = FakeMarketData([*friday, *BARS[:60]])
    history = HistoricalData(broker, db, clock=broker.clock)
    await history.backfill(AAPL, ONE, T0 - 3 * DAY, T0 - 3 * DAY + HOUR)
    db.mark_answered(SERIES, T0 - 3 * DAY, T0)
    broker.asked.clear()
    await fetch(broker, db, hours=1)
    spans = [((each.start - T0) // MINUTE, (each.end - T0) // MINUTE) for each in broker.asked]
    assert spans == [(-4320 + 55, -4320 + 60), (0, 60)]


async def test_after_a_split_all_that_is_stored_is_fetched_anew_and_the_old_kept(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)
    await fetch(broker, db, hours=5)
    broker.stored = split(BARS, 4)
    report = await HistoricalData(broker, db).backfill(AAPL, ONE, T0 + 5 * HOUR, T0 + 10 * HOUR)
    assert (report.split, report.revised, report.new) == (0.25, 300, 300)
    assert closes(db) == [each.close for each in broker.stored]
    assert closes(db, "first")[:300] == [each.close for each in BARS[:300]]
    assert (db.answered(SERIES), db.spans()) == ([(T0, T0 + 10 * HOUR)], [])


@pytest.mark.parametrize("stop", range(1, 6))
async def test_a_fetch_anew_that_is_stopped_is_gone_on_with_by_any_later_one(
    db: TimeseriesDB, stop: int
) -> None:
    broker = FakeMarketData(BARS)
    await fetch(broker, db, hours=5)
    broker.stored, broker.lasts = split(BARS, 4), 10.0
    broker.asked.clear()

    def fail(number: int) -> None:
        if number == stop:
            raise KeyboardInterrupt

    broker.fail = fail
    with pytest.raises(KeyboardInterrupt):
        await fetch(broker, db, hours=6)
    await HistoricalData(broker, db).backfill(AAPL, ONE, T0 + 9 * HOUR, T0 + 10 * HOUR)
    assert closes(db)[:300] == [each.close for each in broker.stored[:300]]
    assert closes(db)[-60:] == [each.close for each in broker.stored[-60:]]
    assert db.spans() == []


async def test_who_cannot_wait_leaves_the_rest_after_a_split_to_the_next_backfill(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)
    await fetch(broker, db, hours=5)
    broker.stored = split(BARS, 4)
    history = HistoricalData(broker, db)
    report = await history.backfill(AAPL, ONE, T0 + 5 * HOUR, T0 + 6 * HOUR, alone=True)
    assert (report.split, report.left, report.new) == (0.25, True, 60)
    # The overlap has been fetched anew.
    assert [(each.start, each.end) for each in db.spans()] == [(T0, T0 + 5 * HOUR - 5 * MINUTE)]
    assert (await history.backfill(AAPL, ONE, T0 + 6 * HOUR, T0 + 7 * HOUR, alone=True)).new == 60
    assert len(db.spans()) == 1
    await history.backfill(AAPL, ONE, T0 + 7 * HOUR, T0 + 8 * HOUR)
    assert closes(db) == [each.close for each in broker.stored[:480]]
    assert db.spans() == []


async def test_a_second_split_during_the_fetch_anew_is_found_too(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)
    await fetch(broker, db, hours=5)
    broker.stored, broker.lasts = split(BARS, 4), 10.0
    broker.asked.clear()

    def fail(number: int) -> None:
        if number == 4:
            raise ConnectionFailed("the line broke")

    broker.fail = fail
    with pytest.raises(ConnectionFailed):
        await fetch(broker, db, hours=6)
    broker.stored = [replace(each, received=T0 + 2 * DAY) for each in split(BARS, 8)]
    assert (await fetch(broker, db)).split == 0.5
    assert closes(db) == [each.close for each in broker.stored]


async def test_a_changed_price_alone_is_no_split(db: TimeseriesDB) -> None:
    broker = FakeMarketData(BARS)
    await fetch(broker, db, hours=5)
    broker.stored = [*BARS[:295], *split(BARS[295:297], 4), *BARS[297:]]
    report = await fetch(broker, db)
    assert (report.split, report.revised) == (None, 2)


async def test_adjusted_bars_come_in_one_answer_with_all_that_is_stored(db: TimeseriesDB) -> None:
    adjusted = [replace(each, what="ADJUSTED_LAST") for each in BARS]
    broker = FakeMarketData(adjusted)
    await fetch(broker, db, hours=5, what="ADJUSTED_LAST")
    broker.stored = split(adjusted, 2)
    history = HistoricalData(broker, db)
    report = await history.backfill(AAPL, ONE, T0 + 5 * HOUR, T0 + 10 * HOUR, what="ADJUSTED_LAST")
    assert (lengths(broker), report.revised, report.new) == ([300, 600], 300, 300)


async def test_adjusted_bars_that_are_too_many_for_one_answer_are_told_so(db: TimeseriesDB) -> None:
    with pytest.raises(RequestRejected, match=r"exceed max.*take larger bars or a later start"):
        await fetch(Limited(BARS), db, what="ADJUSTED_LAST")
