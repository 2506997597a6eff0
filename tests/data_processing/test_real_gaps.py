"""The gaps of real data, each with its explanation; skipped where the recorded data is not there."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data_processing.accounting import UNASKED, Account, account
from data_processing.holes import note_answer
from data_processing.scope import extents
from data_processing.sessions import Timetable
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.tables import bars_table
from market.events import Bar
from market.instrument import Instrument
from market.source import Source
from market.times import DAY, MINUTE, from_datetime, iso, parse
from tests.fakes import AAPL
from tests.fakes import bar as make_bar

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not here")

REAL = Source("ib", "", "LIVE")
EURO = Instrument(
    contract_id=6, symbol="EUR", sec_type="FUT", exchange="CME", currency="USD", expiry="20240318"
)
YEN = Instrument(contract_id=15, symbol="USD", sec_type="CASH", exchange="IDEALPRO", currency="JPY")


def load(name: str, instrument: Instrument, size: str = "1m", shift: int = 0) -> list[Bar]:
    """The bars of a file, their times moved by `shift` minutes."""
    with gzip.open(DATA / name, "rt") if name.endswith(".gz") else (DATA / name).open() as file:
        rows = list(csv.DictReader(file))
    return [_bar(row, instrument, size, shift * MINUTE) for row in rows]


def _bar(row: dict[str, str], instrument: Instrument, size: str, shift: int) -> Bar:
    time = datetime.fromisoformat(
        next(row[name] for name in ("date", "timestamp", "timestamp_utc") if name in row)
    )
    sides: dict[str, Any] = {side: float(row[side]) for side in ("open", "high", "low", "close")}
    return make_bar(
        contract_id=instrument.contract_id,
        exchange=instrument.exchange,
        time=from_datetime(time if time.tzinfo else time.replace(tzinfo=UTC)) + shift,
        size=size,
        what="MIDPOINT" if instrument is YEN else "TRADES",
        average=None,
        count=None,
        volume=float(row["volume"]) if "volume" in row else None,
        **sides,
    )


class World:
    """A store into which a file went, and what the audit makes of it."""

    def __init__(self, db: TimeseriesDB, instrument: Instrument, bars: Sequence[Bar]) -> None:
        self.db, self.bars = db, bars
        self.series = BarSeries(bars[0].contract_id, bars[0].exchange, bars[0].size, bars[0].what)
        db.put_instruments([instrument])
        db.upsert_bars(bars)

    def account(self) -> Account:
        start, end = extents(self.db, self.bars[-1].time + DAY, [])[self.series]
        table = Timetable.of(self.db, self.series.contract_id, self.series.exchange)
        return account(self.db, self.series, start, end, table)

    def minutes(self, verdict: str) -> list[int]:
        """How long each stretch of a verdict is."""
        return [
            (each.end - each.start) // MINUTE for each in self.account().stretches if each.verdict == verdict
        ]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, REAL, write=True) as db:
        yield db


@pytest.mark.parametrize(
    ("name", "instrument", "size"),
    [
        ("6EH4_1min_202401.csv.gz", EURO, "1m"),
        ("usdjpy_m1_bid_2013.csv.gz", YEN, "1m"),
        ("AAPL_1min.csv", AAPL, "1m"),
        ("AAPL_5min.csv", AAPL, "5m"),
        ("TSLA_5min.csv", AAPL, "5m"),
    ],
)
def test_real_bars_go_in_and_come_out_equal(
    db: TimeseriesDB, name: str, instrument: Instrument, size: str
) -> None:
    bars = load(name, instrument, size)
    series = World(db, instrument, bars).series
    route = series.contract_id, series.exchange, series.size
    stored = db.bars(*route, bars[0].time, bars[-1].time + 1, what=series.what)
    assert stored.equals(bars_table(bars))


def test_the_euro_future_trades_in_its_sessions_and_rests_between_them(db: TimeseriesDB) -> None:
    """The file stamps bars at their end. Martin Luther King's day was a whole session for currencies."""
    world = World(db, EURO, load("6EH4_1min_202401.csv.gz", EURO, shift=-1))
    assert world.account().outside == []
    assert Counter(world.minutes("closed")) == {60: 18, 49 * 60: 4}
    # What is left are the minutes in which nothing traded: the longest on the holiday.
    assert (len(world.minutes("hole")), sum(world.minutes("hole")), max(world.minutes("hole"))) == (
        353,
        423,
        6,
    )


def test_bars_stamped_at_their_end_are_found_out(db: TimeseriesDB) -> None:
    world = World(db, EURO, load("6EH4_1min_202401.csv.gz", EURO))
    ends = [iso(time)[11:16] for time in world.account().outside]
    assert set(ends) == {"22:00"}
    assert len(ends) == 22


def test_the_yen_rests_at_the_weekend(db: TimeseriesDB) -> None:
    world = World(db, YEN, load("usdjpy_m1_bid_2013.csv.gz", YEN))
    assert [length // 60 for length in world.minutes("closed") if length > 60] == [48] * 4
    assert (len(world.minutes("hole")), max(world.minutes("hole"))) == (35, 2)
    # Its source quotes through IB's daily break of 15 minutes, and nothing else out of hours.
    assert {iso(time)[11:14] for time in world.account().outside} == {"22:"}


def test_extended_hours_of_a_share_are_known(db: TimeseriesDB) -> None:
    world = World(db, AAPL, load("AAPL_1min.csv", AAPL))
    assert (world.account().outside, world.minutes("closed"), world.minutes("hole")) == ([], [480, 480], [1])


def test_days_that_a_file_leaves_out_are_found(db: TimeseriesDB) -> None:
    found = World(db, AAPL, load("AAPL_5min.csv", AAPL, "5m")).account()
    assert [
        (iso(each.start), iso(each.end), each.reason) for each in found.stretches if each.verdict == "hole"
    ] == [
        ("2023-05-16T08:00:00Z", "2023-05-17T00:00:00Z", UNASKED),
        ("2023-05-22T08:00:00Z", "2023-05-23T00:00:00Z", UNASKED),
        ("2023-05-24T12:15:00Z", "2023-05-25T00:00:00Z", UNASKED),
    ]


def test_what_history_has_confirmed_is_no_hole_any_more(db: TimeseriesDB) -> None:
    world = World(db, EURO, load("6EH4_1min_202401.csv.gz", EURO, shift=-1))
    start, end = world.bars[0].time, world.bars[-1].time + MINUTE
    db.mark_answered(world.series, start, end)
    note_answer(db, world.series, start, end, [each.time for each in world.bars])
    assert (world.minutes("hole"), sum(world.minutes("empty"))) == ([], 423)


def test_a_week_that_is_punched_out_of_real_bars_is_missed(db: TimeseriesDB) -> None:
    """As when a file goes while the ledger stays: the answer held more than is left."""
    bars = load("6EH4_1min_202401.csv.gz", EURO, shift=-1)
    first, last = parse("2024-01-07T23:00"), parse("2024-01-12T22:00")
    left = [each for each in bars if not first <= each.time < last]
    world = World(db, EURO, left)
    for day in range(first - 7 * DAY, last, DAY):
        answer = [each.time for each in bars if day <= each.time < day + DAY]
        db.mark_answered(world.series, day, day + DAY)
        note_answer(db, world.series, day, day + DAY, answer)
    held = [each for each in world.account().stretches if each.verdict == "hole" and each.reason != UNASKED]
    assert (held[0].start, held[-1].end) == (first, last)
    assert sum(each.end - each.start for each in held) == 5 * 23 * 60 * MINUTE
