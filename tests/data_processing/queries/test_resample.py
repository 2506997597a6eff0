from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.candles import CandleBuilder
from data_processing.queries.bar_grid import Grid, Sessions, parse_size
from data_processing.queries.bar_rows import of_bars, of_ticks, table
from data_processing.queries.resample import regroup, resample, resample_all
from data_processing.queries.resampler import Resampler, part_of
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries
from data_storage.tables import bars_table
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Bar, Tick, TickType
from market.times import DAY, MINUTE, SECOND, parse
from tests.fakes import AAPL, SIM, T0, bar, quote, trade
from tests.tick_tables import ticks_table

ID = AAPL.contract_id
LAST = TickSeries(ID, "SMART", "Last")
ONE = BarSeries(ID, "SMART", "1m")
HOUR = 60 * MINUTE
NEW_YORK = "America/New_York"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def values(rows: pa.Table) -> list[tuple[Any, ...]]:
    names = ("open", "high", "low", "close", "volume", "average", "count")
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))


def times(rows: pa.Table) -> list[int]:
    return list(rows["time"].cast(pa.int64()).to_pylist())


def as_stored(ticks: Sequence[Tick], kind: TickType) -> pa.Table:
    rows = ticks_table(ticks, kind, 1, range(len(ticks)), [2] * len(ticks))
    return rows.append_column("whole", pa.array([True] * len(ticks)))


def candles(size: BarSize, zone: str, events: Sequence[Tick | Bar]) -> list[Bar]:
    builder = CandleBuilder([size], zones={ID: zone})
    return [bar for event in events for bar in builder.add(event)] + builder.running()


def in_pieces(rows: Any, pieces: Sequence[int], grid: Grid) -> pa.Table:
    maker, done, first = Resampler(grid), [rows.select(slice(0, 0))], 0
    for last in [*sorted(pieces), len(rows)]:
        if first < last:
            done.append(maker.add(part_of(grid, rows.select(slice(first, last)))))
        first = last
    running = maker.finish(0)
    return pa.concat_tables(
        table(part, np.ones(len(part), np.int64)) for part in [*done, *([running] if running else [])]
    )


SIZES = st.sampled_from(["1s", "5s", "30s", "1m", "3m", "10m", "30m", "1h", "2h", "4h", "8h"]).map(
    BarSize.parse
)
# Both changes of the clock, the end of a year, and a zone that is half an hour off.
STARTS = st.sampled_from(["2026-03-08T04:00", "2026-11-01T03:00", "2025-12-31T20:00", "2026-01-05"]).map(
    parse
)
ZONES = st.sampled_from(["America/New_York", "Asia/Kolkata", "Europe/Berlin", "UTC"])
STEPS = st.lists(st.integers(0, 7_200), min_size=1, max_size=40)
PRICES = st.integers(-50, 50).map(float)


@given(SIZES, STARTS, ZONES, STEPS, st.data())
def test_ticks_make_the_bars_that_they_made_live(
    size: BarSize, start: int, zone: str, steps: list[int], data: st.DataObject
) -> None:
    second, ticks = (start - T0) // SECOND, []
    for step in steps:
        second += step
        size_ = data.draw(st.one_of(st.none(), st.integers(0, 9).map(float)))
        ticks.append(trade(second, data.draw(PRICES), size_, unreported=data.draw(st.booleans())))
    pieces = data.draw(st.lists(st.integers(0, len(ticks)), max_size=3))
    rows = of_ticks(as_stored(ticks, "Last"), "Last")
    made = in_pieces(rows, [min(each, len(rows)) for each in pieces], Grid(size, zone))
    live = bars_table(candles(size, zone, ticks))
    assert times(made) == times(live)
    for mine, theirs in zip(values(made), values(live), strict=True):
        assert mine == pytest.approx(theirs)


@given(SIZES.filter(lambda size: size.seconds > 60), STARTS, ZONES, STEPS, st.data())
def test_bars_make_the_larger_bars_that_they_made_live(
    size: BarSize, start: int, zone: str, steps: list[int], data: st.DataObject
) -> None:
    minute, bars = (start - T0) // MINUTE, []
    for step in steps:
        minute += 1 + step // 60
        volume = data.draw(st.one_of(st.none(), st.integers(0, 9).map(float)))
        average = data.draw(st.one_of(st.none(), PRICES))
        bars.append(bar(minute, data.draw(PRICES), volume=volume, average=average, source="rtbar"))
    made = in_pieces(of_bars(bars_table(bars)), [], Grid(size, zone))
    live = bars_table(candles(size, zone, bars))
    assert times(made) == times(live)
    for mine, theirs in zip(values(made), values(live), strict=True):
        assert mine == pytest.approx(theirs)


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(0, 300), min_size=1, max_size=200))
def test_however_dense_the_ticks_each_lies_in_its_bar(begin: int, seconds: list[int]) -> None:
    ticks = (np.array(sorted(seconds), np.int64) + begin) * SECOND
    inside, starts = Grid(BarSize.parse("1m")).place(ticks)
    assert inside.all()
    assert starts.tolist() == [time - time % MINUTE for time in ticks.tolist()]


def test_quotes_make_bars_of_the_middle(db: TimeseriesDB) -> None:
    db.append_ticks([quote(0, 1.0, 2.0), quote(1, None, 2.0), quote(2, 2.0, 3.0), quote(60, 1.0, 1.0)])
    made = resample(db, TickSeries(ID, "SMART", "BidAsk"), "1m", T0, T0 + MINUTE).read_all()
    assert values(made) == [(1.5, 2.5, 1.5, 2.5, None, None, None)]


def test_bars_that_start_in_the_range_are_given_whole(db: TimeseriesDB) -> None:
    db.append_ticks([trade(second, float(second)) for second in range(0, 600, 10)])
    made = resample(db, LAST, "2m", T0 + 1, T0 + 4 * MINUTE + 1).read_all()
    assert times(made) == [T0 + 2 * MINUTE, T0 + 4 * MINUTE]
    assert made["close"].to_pylist() == [230.0, 350.0]


def test_a_bar_with_a_second_seen_in_part_is_not_final(db: TimeseriesDB) -> None:
    db.append_ticks([trade(0), trade(61), trade(121)])
    made = resample(db, LAST, "1m", T0, T0 + HOUR).read_all()
    # The recording began within the first second; of the last bar nobody knows whether it is over.
    assert made["final"].to_pylist() == [False, True, False]


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_a_bar_at_the_edge_of_what_is_stored_is_not_final(
    db: TimeseriesDB, before: bool, after: bool
) -> None:
    minutes = [*([-5] if before else []), 2, 3, 6, 8, *([12] if after else [])]
    db.upsert_bars([bar(minute) for minute in minutes])
    made = regroup(db, ONE, "5m", T0, T0 + 10 * MINUTE).read_all()
    assert (times(made), made["final"].to_pylist()) == ([T0, T0 + 5 * MINUTE], [before, after])


def test_batches_of_any_size_give_the_same_bars(db: TimeseriesDB, monkeypatch: pytest.MonkeyPatch) -> None:
    db.append_ticks([trade(second, float(second % 7)) for second in range(0, 9 * 86_400, 5_003)])
    whole = resample(db, LAST, "1m", T0, T0 + 10 * DAY).read_all()
    monkeypatch.setattr("data_processing.queries.resample.BATCH_ROWS", 20)
    batches = list(resample(db, LAST, "1m", T0, T0 + 10 * DAY))
    assert len(batches) > 5
    assert pa.Table.from_batches(batches).equals(whole)


def test_only_regular_hours_count_and_the_first_bar_begins_at_the_opening(db: TimeseriesDB) -> None:
    opening, close = T0, T0 + 390 * MINUTE
    db.upsert_bars([bar(minute, close=float(minute)) for minute in range(-60, 500)])
    sessions = Sessions([(opening, close, parse("2026-01-05"))])
    made = regroup(db, ONE, "1h", T0 - DAY, T0 + DAY, zone=NEW_YORK, sessions=sessions).read_all()
    assert times(made) == [opening, *range(T0 + 30 * MINUTE, close, HOUR)]
    assert made["volume"].to_pylist() == [3000.0, *[6000.0] * 6]
    assert all(made["final"].to_pylist())


def test_odd_sizes_are_counted_from_the_opening(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in range(390)])
    sessions = Sessions([(T0, T0 + 390 * MINUTE, parse("2026-01-05"))])
    made = regroup(db, ONE, "65m", T0, T0 + DAY, sessions=sessions).read_all()
    assert times(made) == [T0 + n * 65 * MINUTE for n in range(6)]
    without = regroup(db, ONE, "7m", T0, T0 + HOUR, zone=NEW_YORK).read_all()
    midnight = parse("2026-01-05T05:00")
    assert {(each - midnight) % (7 * MINUTE) for each in times(without)} == {0}


def test_an_evening_session_counts_to_the_next_trading_date(db: TimeseriesDB) -> None:
    evening = parse("2026-01-04T23:00")
    monday, tuesday = parse("2026-01-05"), parse("2026-01-06")
    sessions = Sessions(
        [(evening, evening + 23 * HOUR, monday), (evening + DAY, evening + 47 * HOUR, tuesday)]
    )
    db.append_ticks([trade((evening - T0) // SECOND + hour * 3600, float(hour)) for hour in range(47)])
    made = resample(db, LAST, "1D", monday, tuesday + DAY, sessions=sessions).read_all()
    assert times(made) == [monday, tuesday]
    assert made["close"].to_pylist() == [22.0, 46.0]


@pytest.mark.parametrize(
    ("size", "expected"), [("1W", ["2025-12-31", "2026-01-09"]), ("1M", ["2025-12-31", "2026-01-30"])]
)
def test_weeks_and_months_have_the_last_scheduled_date(
    db: TimeseriesDB, size: str, expected: list[str]
) -> None:
    dates = [
        parse("2025-12-30"),
        parse("2025-12-31"),
        parse("2026-01-05"),
        parse("2026-01-09"),
        parse("2026-01-30"),
    ]
    sessions = Sessions([(each + 14 * HOUR, each + 21 * HOUR, each) for each in dates])
    db.upsert_bars([bar(time=each, size="1D", close=float(n)) for n, each in enumerate(dates[:4])])
    days = BarSeries(ID, "SMART", "1D")
    made = regroup(db, days, size, dates[0], dates[-1] + DAY, sessions=sessions).read_all()
    assert times(made) == [parse(each) for each in expected]
    assert made["volume"].to_pylist() == [200.0, 200.0]
    # January goes on after the last stored day.
    assert made["final"].to_pylist() == [True, size == "1W"]


def test_bars_are_made_of_what_was_known_then(db: TimeseriesDB) -> None:
    later = T0 + HOUR
    ticks = [trade(second, 10.0 + second, received=T0 + second * SECOND) for second in (0, 30, 60, 90, 120)]
    db.append_ticks([*ticks, trade(150, 99.0, received=later)])
    db.upsert_bars([bar(n, close=10.0 + n, received=T0 + HOUR // 2) for n in range(7)])
    db.upsert_bars([bar(4, close=99.0, received=later), bar(7, received=later)])
    then = db.as_known_at(later - 1)
    made = resample(then, LAST, "1m", T0, T0 + HOUR).read_all()
    assert made["close"].to_pylist() == [40.0, 100.0, 130.0]
    # The stream was joined within the first second.
    assert made["final"].to_pylist() == [False, True, False]
    larger = regroup(then, ONE, "5m", T0, T0 + HOUR).read_all()
    assert larger["close"].to_pylist() == [14.0, 16.0]
    now = regroup(db, ONE, "5m", T0, T0 + HOUR).read_all()
    assert now["close"].to_pylist()[0] == 99.0


@pytest.mark.parametrize("size", ["1m", "90s", "30s"])
def test_bars_that_do_not_fit_are_refused(db: TimeseriesDB, size: str) -> None:
    with pytest.raises(BadRequest, match="cannot be made of bars of 1m"):
        regroup(db, ONE, size, T0, T0 + DAY)


def test_averages_are_not_put_together(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="averages"):
        regroup(db, BarSeries(ID, "SMART", "1m", "BID_ASK"), "5m", T0, T0 + DAY)


def test_a_day_without_sessions_is_refused(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="sessions"):
        resample(db, LAST, "1D", T0, T0 + DAY)


@pytest.mark.parametrize("text", ["0m", "24h", "1x", "", "-5m"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_size(text)


def test_an_empty_store_gives_no_bars(db: TimeseriesDB) -> None:
    assert resample(db, LAST, "1m", T0, T0 + DAY).read_all().num_rows == 0


def test_the_end_of_a_bar_is_that_of_the_clock_or_the_session() -> None:
    grid = Grid(BarSize.parse("1h"), NEW_YORK, Sessions([(T0, T0 + 45 * MINUTE, 0)]))
    assert grid.end(T0) == T0 + 30 * MINUTE
    assert grid.end(T0 + 30 * MINUTE) == T0 + 45 * MINUTE
    ambiguous = parse("2026-11-01T05:30")
    assert Grid(BarSize.parse("1h"), NEW_YORK).end(ambiguous) == parse("2026-11-01T06:00")


CONTRACTS = [(1, "SMART"), (1, "IBIS"), (2, "SMART")]


def of_all(db: TimeseriesDB, size: str, start: int, end: int) -> list[tuple[Any, ...]]:
    found = resample_all(db, "Last", size, start, end).read_all().to_pylist()
    return sorted(tuple(each.values()) for each in found)


def of_each(db: TimeseriesDB, size: str, start: int, end: int) -> list[tuple[Any, ...]]:
    found = list[tuple[Any, ...]]()
    for route in CONTRACTS:
        made = resample(db, TickSeries(*route, "Last"), size, start, end).read_all()
        found += [(*route, *each.values()) for each in made.to_pylist()]
    return sorted(found)


@pytest.mark.parametrize("size", ["1m", "7m", "1h"])
def test_all_contracts_at_once_make_the_same_bars_as_each_alone(db: TimeseriesDB, size: str) -> None:
    for day in range(3):
        for number, (contract_id, exchange) in enumerate(CONTRACTS):
            seconds = range(day * 86_400, day * 86_400 + 900, 11 + number)
            ticks = [trade(each, each % 7, contract_id=contract_id, exchange=exchange) for each in seconds]
            db.append_ticks(ticks)
        # Two days are in files, of the last one half of the contracts is in the log.
        if day < 2:
            db.compact()
    found = of_all(db, size, T0, T0 + 3 * DAY)
    assert found == of_each(db, size, T0, T0 + 3 * DAY)
    assert {each[:2] for each in found} == set(CONTRACTS)
    assert of_all(db, size, T0 + 300 * SECOND, T0 + DAY) == of_each(db, size, T0 + 300 * SECOND, T0 + DAY)


def test_of_a_damaged_file_the_rest_is_given_and_the_damage_told(db: TimeseriesDB) -> None:
    for day in range(2):
        db.append_ticks([trade(day * 86_400 + second) for second in range(100)])
    db.compact()
    path = db.folder / db.files()[0].path
    path.write_bytes(path.read_bytes()[:-50])
    with TimeseriesDB.open(db.folder.parent, SIM, report=lambda _: None) as reader:
        made = resample(reader, LAST, "1m", T0 - DAY, T0 + 2 * DAY).read_all()
        assert times(made) == [T0 + DAY, T0 + DAY + MINUTE]
        assert [each.path for each in reader.damaged] == [path]
