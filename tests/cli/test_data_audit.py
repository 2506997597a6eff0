import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import data_audit
from data_processing.timeseries_db import TimeseriesDB
from data_storage.ledger import Span, Stream
from market.errors import ContractNotFound
from market.times import SECOND
from tests.fakes import AAPL, SIM, T0

LAST = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
LINE = Stream(AAPL.contract_id, "SMART", "BidAsk", "l1")
ALL = argparse.Namespace(symbol=None, json=False)


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
    spans = [Span(LAST, T0, T0 + SECOND, "have"), Span(LAST, T0 + SECOND, T0 + 3 * SECOND, "gap", "no")]
    db.put_spans(spans)
    assert data_audit.audit(db, argparse.Namespace(symbol="AAPL", json=True)) == 8
    told = json.loads(capsysbinary.readouterr().out)
    assert (told["stream"], told["seconds"]) == ("AAPL Last", {"have": 1, "gap": 2})
    assert [each["reason"] for each in told["missing"]] == ["no"]


def test_an_audit_for_people_says_how_long_what_was_had(
    db: TimeseriesDB, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    spans = [Span(LAST, T0, T0 + SECOND, "have"), Span(LAST, T0 + SECOND, T0 + 3 * SECOND, "filled", "cut")]
    db.put_spans(spans)
    assert data_audit.audit(db, ALL) == 0
    assert capsysbinary.readouterr().out == b"AAPL Last: came live 1 s, filled in 2 s\n"


def test_a_symbol_that_is_not_stored_is_told(db: TimeseriesDB) -> None:
    db.put_spans([Span(LAST, T0, T0 + SECOND, "gap", "no")])
    with pytest.raises(ContractNotFound):
        data_audit.gaps(db, argparse.Namespace(symbol="NOPE", json=False))
