"""Real files go in and come out equal; skipped where the recorded data is not there."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from data_processing.queries.imports import import_bars, import_ticks
from data_processing.queries.resample import regroup, resample
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries, TickSeries
from market.errors import BadRequest
from market.times import MINUTE, SECOND, parse
from tests.fakes import AAPL, SIM, T0

DATA = Path(__file__).parents[3].parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not here")
ONE = BarSeries(AAPL.contract_id, "SMART", "1m")
ROUTE = (ONE.contract_id, ONE.exchange)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True, sync="off") as db:
        yield db


def times(table: pa.Table) -> list[int]:
    return list(table["time"].cast(pa.int64()).to_pylist())


def lines(name: str) -> list[dict[str, str]]:
    content = (DATA / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return list(csv.DictReader(text.splitlines()))


@real
@pytest.mark.parametrize(
    ("name", "stamp", "time"),
    [
        ("AAPL_1min.csv", "start", "date"),
        ("6EH4_1min_202401.csv.gz", "end", "timestamp_utc"),
        ("usdjpy_m1_bid_2013.csv.gz", "start", "timestamp"),
    ],
)
def test_real_bars_go_in_and_come_out_equal(db: TimeseriesDB, name: str, stamp: str, time: str) -> None:
    report = import_bars(db, DATA / name, ONE, stamp="end" if stamp == "end" else "start")
    rows, stored = lines(name), db.bars(*ROUTE, "1m", *FOREVER)
    shift = MINUTE if stamp == "end" else 0
    assert times(stored) == [parse(row[time]) - shift for row in rows]
    for column in ("open", "high", "low", "close", *(["volume"] if "volume" in rows[0] else [])):
        assert stored[column].to_pylist() == [float(row[column]) for row in rows]
    assert report.new == len(rows)
    assert import_bars(db, DATA / name, ONE, stamp="end" if stamp == "end" else "start").unchanged == len(
        rows
    )


@real
def test_real_prints_and_quotes_go_in_and_come_out_equal(db: TimeseriesDB) -> None:
    for _ in range(2):
        import_ticks(db, DATA / "ticks_last.csv", TickSeries(*ROUTE, "Last"))
        import_ticks(db, DATA / "usdjpy_quotes.csv", TickSeries(*ROUTE, "BidAsk"))
    prints, quotes = (db.ticks(*ROUTE, kind, *FOREVER) for kind in ("Last", "BidAsk"))
    rows = lines("ticks_last.csv")
    assert times(prints) == [parse(row["time"]) for row in rows]
    assert prints["price"].to_pylist() == [float(row["price"]) for row in rows]
    assert quotes["ask"].to_pylist() == [float(row["ask"]) for row in lines("usdjpy_quotes.csv")]


@real
@pytest.mark.parametrize("symbol", ["AAPL", "TSLA"])
def test_real_minutes_make_the_real_five_minutes(db: TimeseriesDB, symbol: str) -> None:
    import_bars(db, DATA / f"{symbol}_1min.csv", ONE)
    import_bars(db, DATA / f"{symbol}_5min.csv", BarSeries(*ROUTE, "5m"))
    made = regroup(db, ONE, "5m", *FOREVER).read_all().filter(pa.compute.field("final"))
    found = {bar["time"]: bar for bar in db.bars(*ROUTE, "5m", *FOREVER).to_pylist()}
    both = [(bar, found[bar["time"]]) for bar in made.to_pylist() if bar["time"] in found]
    assert len(both) > 300
    # As in the candles that are built live: a bar or two still ran when the files were made.
    assert sum((a["close"], a["volume"]) != (b["close"], b["volume"]) for a, b in both) <= 2


@real
def test_real_prints_make_bars_that_hold_all_of_them(db: TimeseriesDB) -> None:
    count = import_ticks(db, DATA / "ticks_last.csv", TickSeries(*ROUTE, "Last"))
    made = resample(db, TickSeries(*ROUTE, "Last"), "1m", *FOREVER).read_all()
    assert sum(made["count"].to_pylist()) == count == 2_465
    # Their sizes are not told.
    assert made["volume"].null_count == made.num_rows


def test_times_without_a_zone_are_utc_and_names_of_any_case_do(db: TimeseriesDB, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "DateTime,Open,HIGH,low,Close,Count,other\n2026-01-05 14:30,1,2,0.5,1,5.0,x\n"
    )
    import_bars(db, tmp_path / "x.csv", ONE)
    (bar,) = db.bars(*ROUTE, "1m", *FOREVER).to_pylist()
    assert (bar["high"], bar["count"], bar["volume"], bar["final"]) == (2.0, 5, None, True)
    assert times(db.bars(*ROUTE, "1m", *FOREVER)) == [T0]


def test_a_second_is_not_torn_between_two_pieces_of_a_file(db: TimeseriesDB, tmp_path: Path) -> None:
    rows = [f"2026-01-05T14:30:{second:02d}Z,{place}" for second in range(60) for place in range(2_000)]
    (tmp_path / "x.csv").write_text("time,price\n" + "\n".join(rows) + "\n")
    assert (tmp_path / "x.csv").stat().st_size > 2 * 1024**2
    assert import_ticks(db, tmp_path / "x.csv", TickSeries(*ROUTE, "Last")) == len(rows)
    stored = db.ticks(*ROUTE, "Last", *FOREVER)
    assert stored["price"].to_pylist() == [float(place) for _ in range(60) for place in range(2_000)]
    assert times(stored)[::2_000] == [T0 + n * SECOND for n in range(60)]


def test_ticks_out_of_order_are_refused(db: TimeseriesDB, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,price\n2026-01-05T14:30:01Z,1\n2026-01-05T14:30:00Z,1\n")
    with pytest.raises(BadRequest, match="sort it first"):
        import_ticks(db, tmp_path / "x.csv", TickSeries(*ROUTE, "Last"))


def test_days_have_no_end_to_be_stamped_at(db: TimeseriesDB, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="trading date"):
        import_bars(db, tmp_path / "x.csv", BarSeries(*ROUTE, "1D"), stamp="end")
