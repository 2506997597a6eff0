"""What is stored is held against the hours of the market: each hole that was planned is explained, and each
that somebody made is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_processing.audit import audit
from data_processing.coverage import Range
from data_processing.holes import note_answer
from data_processing.ranges import intersect
from data_processing.sessions import Timetable, learn
from data_processing.sessions.venues import rule_of
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import RealClock
from market.times import DAY, MINUTE, iso, parse
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.end_to_end.conftest import Call

# A half day, a weekend, Christmas and days on which clocks change lie in these.
WINTER = parse("2025-11-24"), parse("2026-01-05")
SPRING = parse("2026-03-02"), parse("2026-04-06")
# The holiday of Martin Luther King, on a Monday.
START, END = parse("2026-01-16"), parse("2026-01-21")
SOURCE = "sim-1-consistent"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A simulated gateway that keeps exchange hours."""
    with run_in_thread(generated(seed=1, feed="consistent", always_open=False), RealClock()) as gateway:
        yield gateway.port


@pytest.mark.modern
@pytest.mark.parametrize("symbol", ["AAPL", "ESZ6", "RHM@IBIS", "BTC"])
async def test_rules_and_the_gateways_schedule_agree(port: int, symbol: str) -> None:
    """Two codes for the same hours: the gateway's, and what the audit trusts where no broker tells."""
    broker = await IBBroker.open(port=port, timeout=10)
    try:
        instrument = await broker.resolve(symbol)
        table = Timetable(rule_of(instrument, "ib"))
        for start, end in (WINTER, SPRING):
            for hours in ("all", "rth"):
                told = [
                    (each.start, each.end)
                    for each in await broker.schedule(instrument, start, end, hours=hours)
                ]
                assert told == [(each.start, each.end) for each in table.sessions(hours, start, end)]
    finally:
        await broker.close()


@pytest.mark.modern
async def test_what_a_broker_tells_of_the_past_is_what_the_audit_goes_by(port: int, tmp_path: Path) -> None:
    """The simulated currencies trade on New Year's Day, when real ones do not."""
    broker = await IBBroker.open(port=port, timeout=10)
    day = parse("2026-01-01"), parse("2026-01-01T20:00")
    try:
        with TimeseriesDB.open(tmp_path, broker.source, write=True) as db:
            instrument = await broker.resolve("EURUSD")
            db.put_instruments([instrument])
            route = instrument.contract_id, instrument.exchange
            assert Timetable.of(db, *route).open("all", *day) == []
            await learn(broker, db, instrument, parse("2025-12-20"), parse("2026-01-10"))
            assert Timetable.of(db, *route).open("all", *day) == [day]
    finally:
        await broker.close()


def test_a_backfill_over_a_holiday_has_no_hole(port: int, call: Call) -> None:
    dates = ("--start", iso(START), "--end", iso(END))
    done = call("backfill", "AAPL", "--bar-size", "5m", *dates, "--port", str(port))
    assert done.returncode == 0, done.stderr
    told = call("audit", "AAPL", "--source", SOURCE, "--explain")
    assert told.returncode == 0, told.stdout
    assert told.stdout.splitlines()[0].endswith("100 % there")
    assert "2026-01-17T01:00:00Z .. 2026-01-20T09:00:00Z closed: holiday: 2026-01-19" in told.stdout


def test_a_range_that_was_never_asked_for_ends_with_exit_code_8(port: int, call: Call) -> None:
    for first, last in ((START + 4 * DAY, END), (START, START + DAY)):
        dates = ("--start", iso(first), "--end", iso(last))
        assert call("backfill", "EURUSD", "--bar-size", "1h", *dates, "--port", str(port)).returncode == 0
    told = call("audit", "--source", SOURCE)
    assert told.returncode == 8
    holes = [line.split(" hole")[0].strip() for line in told.stdout.splitlines() if "never asked" in line]
    assert holes == [
        "2026-01-18T22:15:00Z .. 2026-01-19T22:00:00Z",
        "2026-01-19T22:15:00Z .. 2026-01-20T00:00:00Z",
    ]


@pytest.mark.modern
def test_a_gateway_that_is_asked_says_that_it_traded_when_calendars_do_not(port: int, call: Call) -> None:
    """On New Year's Day: a hole that the calendar alone would have hidden."""
    for first, last in (("2026-01-02", "2026-01-03"), ("2025-12-31", "2026-01-01")):
        dates = ("--start", first, "--end", last)
        assert call("backfill", "EURUSD", "--bar-size", "1h", *dates, "--port", str(port)).returncode == 0
    assert "2026-01-01T00:00:00Z" not in call("audit", "--source", SOURCE).stdout
    told = call("audit", "--ask", "--port", str(port))
    assert told.returncode == 8
    assert "2026-01-01T00:00:00Z .. 2026-01-01T22:00:00Z hole without a reason" in told.stdout


async def _fetch(broker: IBBroker, db: TimeseriesDB, start: int, end: int, gone: Range = (0, 0)) -> None:
    """Store minutes day by day as a backfill does; those of `gone` are lost behind its back."""
    instrument = await broker.resolve("AAPL")
    series = BarSeries(instrument.contract_id, instrument.exchange, "1m")
    db.put_instruments([instrument])
    for day in range(start, end, DAY):
        bars = await broker.bars(instrument, BarRequest(BarSize.parse("1m"), day, day + DAY))
        db.upsert_bars([each for each in bars if not gone[0] <= each.time < gone[1]])
        db.mark_answered(series, day, day + DAY)
        note_answer(db, series, day, day + DAY, [each.time for each in bars])


@pytest.mark.parametrize(("moment", "minutes"), [("16T15:00", 1), ("20T10:00", 300), ("20T20:59", 2)])
async def test_a_hole_that_somebody_made_is_found_and_filled(
    port: int, tmp_path: Path, moment: str, minutes: int
) -> None:
    start = parse(f"2026-01-{moment}")
    gone, day = (start, start + minutes * MINUTE), start - start % DAY
    broker = await IBBroker.open(port=port, timeout=10)
    try:
        with TimeseriesDB.open(tmp_path, broker.source, write=True) as db:
            await _fetch(broker, db, START, END, gone)
            (found,) = audit(db, END + DAY)
            holes = [(each.start, each.end) for each in found.holes]
            assert (intersect(holes, [gone]), intersect(holes, [(day, day + DAY)])) == ([gone], holes)
            await _fetch(broker, db, day, day + DAY)
            assert [each.holes for each in audit(db, END + DAY)] == [[]]
    finally:
        await broker.close()
