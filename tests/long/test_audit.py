"""A winter of every kind of contract: nothing is missing of what a backfill brought, and nothing of what is
then taken away is overlooked."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from data_processing.audit import Audit, audit
from data_processing.holes import ask_hours, note_answer
from data_processing.ranges import intersect, subtract
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import RealClock
from market.events import Bar
from market.instrument import Instrument
from market.times import DAY, MINUTE, parse
from simulator.gateway.server import run_in_thread
from simulator.model import generated

SIZE = BarSize.parse("5m")
START, END = parse("2025-11-24"), parse("2026-01-19")
SYMBOLS = ("AAPL", "SPY", "ESZ6", "RHM@IBIS", "EURUSD", "BTC", "SPX")


@pytest.fixture(scope="module", params=["consistent", "tws"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A simulated gateway that keeps exchange hours."""
    with run_in_thread(generated(seed=3, feed=request.param, always_open=False), RealClock()) as gateway:
        yield gateway.port


async def fetch(
    broker: IBBroker, db: TimeseriesDB, instrument: Instrument, gone: Sequence[tuple[int, int]]
) -> None:
    """Store bars as a backfill does, less those that begin in `gone`."""
    what = "MIDPOINT" if instrument.sec_type == "CASH" else "TRADES"
    series = BarSeries(instrument.contract_id, instrument.exchange, SIZE.name, what)
    for start in range(START, END, 4 * DAY):
        end = min(start + 4 * DAY, END)
        bars: Sequence[Bar] = await broker.bars(instrument, BarRequest(SIZE, start, end, what))
        db.upsert_bars([each for each in bars if not any(a <= each.time < b for a, b in gone)])
        db.mark_answered(series, start, end)
        note_answer(db, series, start, end, [each.time for each in bars])


def ranges(found: Audit, verdict: str) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in found.stretches if each.verdict == verdict]


async def audited(
    broker: IBBroker, folder: Path, instruments: Sequence[Instrument], gone: Sequence[tuple[int, int]] = ()
) -> list[Audit]:
    """What the audit says of a store that lacks what begins in `gone`."""
    with TimeseriesDB.open(folder, broker.source, write=True) as db:
        db.put_instruments(instruments)
        for instrument in instruments:
            await fetch(broker, db, instrument, gone)
        await ask_hours(broker, db, await broker.now(), print)
        return list(audit(db, await broker.now()))


@pytest.mark.long
async def test_every_kind_of_contract_is_whole_and_every_hole_is_found(port: int, tmp_path: Path) -> None:
    broker, dice = await IBBroker.open(port=port, timeout=10), random.Random(7)
    made = [START + dice.randrange((END - START) // MINUTE) * MINUTE for _ in range(40)]
    gone = [(start, start + dice.choice([5, 10, 60, 600]) * MINUTE) for start in made]
    try:
        instruments = [await broker.resolve(symbol) for symbol in SYMBOLS]
        whole = await audited(broker, tmp_path / "whole", instruments)
        punched = await audited(broker, tmp_path / "punched", instruments, gone)
    finally:
        await broker.close()
    assert [(each.holes, each.outside) for each in whole] == [([], 0)] * len(SYMBOLS)
    for before, after in zip(whole, punched, strict=True):
        taken = subtract(ranges(before, "have"), ranges(after, "have"))
        assert intersect(taken, gone)
        assert subtract(taken, ranges(after, "hole")) == []
