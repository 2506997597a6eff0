import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import data_audit
from cli.app import main
from data_processing.accounting import UNASKED
from data_processing.timeseries_db import TimeseriesDB
from data_storage.ledger import Span, Stream
from market.errors import ContractNotFound
from market.times import MINUTE, SECOND, parse
from tests.fakes import AAPL, SIM, T0, bar, trade

LAST = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
LINE = Stream(AAPL.contract_id, "SMART", "BidAsk", "l1")
ALL = argparse.Namespace(symbol=None, json=False)


def auditing(**changes: object) -> argparse.Namespace:
    plain = {"symbol": None, "json": False, "start": None, "end": None, "explain": False}
    return argparse.Namespace(**(plain | changes))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        yield db


def test_gaps_and_holes_are_told_in_the_order_of_time(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    db.put_spans(
        [Span(LAST, T0 + SECOND, None, "pending", "cut"), Span(LINE, T0, T0 + SECOND, "gap", "state")]
    )
    assert data_audit.gaps(db, ALL) == 8
    assert capsysbinary.readouterr().out.decode().splitlines() == [
        "AAPL BidAsk (market-data line) 2026-01-05T14:30:00Z .. 2026-01-05T14:30:01Z: state",
        "AAPL Last 2026-01-05T14:30:01Z .. now: waits to be filled in: cut",
    ]


def test_without_gaps_it_says_so(db: TimeseriesDB, capsys: pytest.CaptureFixture[str]) -> None:
    assert data_audit.gaps(db, ALL) == 0
    assert "no gaps" in capsys.readouterr().err


def test_an_audit_as_json_has_the_reasons(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    spans = [Span(LAST, T0, T0 + SECOND, "have"), Span(LAST, T0 + SECOND, T0 + 4 * SECOND, "gap", "no")]
    db.put_spans(spans)
    assert data_audit.audit(db, auditing(symbol="AAPL", json=True)) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert (told["stream"], told["seconds"], told["share"]) == ("AAPL Last", {"have": 1, "gap": 3}, 0.25)
    assert [(each["verdict"], each["reason"]) for each in told["missing"]] == [("gap", "no")]


def test_an_audit_for_people_says_how_much_of_what_is_there(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    db.upsert_bars([bar(0), bar(1), bar(3)])
    db.put_spans([Span(LAST, T0, T0 + SECOND, "have"), Span(LAST, T0 + SECOND, T0 + 3 * SECOND, "gap", "no")])
    assert data_audit.audit(db, auditing()) == 8
    told = capsysbinary.readouterr()
    assert told.out.decode().splitlines() == [
        "AAPL 265598@SMART: 74.48 % there",
        "  1m TRADES all: 75.00 % there; have 3 min, hole without a reason 1 min",
        f"    2026-01-05T14:32:00Z .. 2026-01-05T14:33:00Z hole without a reason: {UNASKED}",
        "  Last: 33.33 % there; have 1 s, gap 2 s",
        "    2026-01-05T14:30:01Z .. 2026-01-05T14:30:03Z gap: no",
    ]
    assert b"backfill --fill-gaps" in told.err


def test_what_is_closed_is_listed_when_asked_for(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    night = parse("2026-01-06T01:00:00")
    db.upsert_bars([bar(time=night - MINUTE), bar(time=night + 8 * 60 * MINUTE)])
    assert data_audit.audit(db, auditing()) == 0
    assert b"between sessions" not in capsysbinary.readouterr().out
    data_audit.audit(db, auditing(explain=True))
    assert b"T01:00:00Z .. 2026-01-06T09:00:00Z closed: between sessions" in capsysbinary.readouterr().out


def test_a_bar_that_has_not_settled_is_neither_there_nor_missing(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    db.upsert_bars([bar(0)])
    assert data_audit.audit(db, auditing(end="2026-01-05T14:30:30")) == 0
    assert b"nothing of it is over yet" in capsysbinary.readouterr().out


def test_the_command_takes_its_arguments_and_opens_the_store(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        db.upsert_bars([bar(0), bar(2)])
    common = ["--data-dir", str(tmp_path), "--log-dir", str(tmp_path)]
    assert main(["audit", "AAPL", "--source", SIM.name, *common]) == 8
    assert main(["audit", "--end", "2026-01-05T14:31", *common]) == 0
    assert capsysbinary.readouterr().out.count(b"AAPL 265598@SMART") == 2


def test_a_symbol_that_is_not_stored_is_told(db: TimeseriesDB) -> None:
    db.put_spans([Span(LAST, T0, T0 + SECOND, "gap", "no")])
    with pytest.raises(ContractNotFound):
        data_audit.gaps(db, argparse.Namespace(symbol="NOPE", json=False))


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_file_of_ticks_that_is_gone_or_empty_is_named_with_exit_code_8(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    told = list[str]()
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        db.append_ticks([trade(0, 10.0, 2.0), trade(1, 10.0, 2.0)])
    (path,) = tmp_path.rglob("ticks/Last/*.parquet")
    with TimeseriesDB.open(tmp_path, SIM, report=told.append) as db:
        assert data_audit.audit(db, auditing()) == 0
    harm(path)
    with TimeseriesDB.open(tmp_path, SIM, report=told.append) as db:
        assert data_audit.audit(db, auditing()) == 8
    assert [path.name in line for line in told] == [True]
