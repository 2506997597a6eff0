"""`data gaps` and `data audit`: what is missing, and why."""

import argparse
from typing import TYPE_CHECKING, Any

from cli.console import emit, emit_json, say
from market import times
from market.clock import RealClock

if TYPE_CHECKING:
    from data_processing.audit import Audit
    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.ledger import Span, Stream

INCOMPLETE = 8
"""The exit code for data of which something is missing, see `market.errors`."""

_WORDS = {
    "have": "came live",
    "filled": "filled in",
    "empty": "confirmed empty",
    "pending": "pending",
    "gap": "gap",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of both."""
    parser.add_argument("symbol", nargs="?", help="symbol or contract id, as in the list (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def gaps(db: "TimeseriesDB", args: argparse.Namespace) -> int:
    """A line for each gap, and for each hole that waits to be filled in."""
    from data_processing.audit import holes

    found = [each for each in holes(db) if _wanted(db, args, each.stream)]
    for span in sorted(found, key=lambda each: each.start):
        emit_json(_as_json(db, span)) if args.json else emit(line(db, span).encode())
    if not found:
        say("no gaps, and nothing waits to be filled in")
    return INCOMPLETE if found else 0


def audit(db: "TimeseriesDB", args: argparse.Namespace) -> int:
    """For each stream how long it was had, and what is missing; exit code 8 where something is."""
    from data_processing import audit as audits

    found = [each for each in audits.audit(db, RealClock().now()) if _wanted(db, args, each.stream)]
    for each in found:
        if args.json:
            emit_json(_audit_json(db, each))
            continue
        emit(f"{_name(db, each.stream)}: {_lengths(each)}".encode())
        for span in each.missing:
            emit(f"  {line(db, span)}".encode())
        for start, end in each.unasked:
            emit(f"  {times.iso(start)} .. {times.iso(end)}: {audits.UNASKED}".encode())
    return 0 if all(each.complete for each in found) else INCOMPLETE


def line(db: "TimeseriesDB", span: "Span") -> str:
    """One missing stretch for people."""
    end = "now" if span.end is None else times.iso(span.end)
    what = "waits to be filled in: " if span.state == "pending" else ""
    return f"{_name(db, span.stream)} {times.iso(span.start)} .. {end}: {what}{span.reason}"


def _wanted(db: "TimeseriesDB", args: argparse.Namespace, stream: "Stream") -> bool:
    if args.symbol is None:
        return True
    instrument = db.find_instrument(args.symbol)
    return (stream.contract_id, stream.exchange) == (instrument.contract_id, instrument.exchange)


def _name(db: "TimeseriesDB", stream: "Stream") -> str:
    route = stream.contract_id, stream.exchange
    known = [each.ticker for each in db.instruments() if (each.contract_id, each.exchange) == route]
    line_ = "(market-data line)" if stream.source == "l1" else ""
    words = (*(known or [f"{route[0]}@{route[1]}"]), stream.kind, stream.what, stream.hours, line_)
    return " ".join(filter(None, words))


def _lengths(audit_: "Audit") -> str:
    told = [
        f"{word} {audit_.lengths[state] / times.SECOND:,.0f} s"  # type: ignore[index]  # the words are of states
        for state, word in _WORDS.items()
        if audit_.lengths.get(state)  # type: ignore[call-overload]  # as above
    ]
    return ", ".join(told) or ("complete" if audit_.complete else "not watched")


def _as_json(db: "TimeseriesDB", span: "Span") -> dict[str, Any]:
    return {
        "stream": _name(db, span.stream),
        "contract_id": span.stream.contract_id,
        "kind": span.stream.kind,
        "state": span.state,
        "start": times.iso(span.start),
        "end": None if span.end is None else times.iso(span.end),
        "reason": span.reason,
    }


def _audit_json(db: "TimeseriesDB", found: "Audit") -> dict[str, Any]:
    return {
        "stream": _name(db, found.stream),
        "seconds": {state: length / times.SECOND for state, length in found.lengths.items()},
        "missing": [_as_json(db, span) for span in found.missing],
        "unasked": [[times.iso(start), times.iso(end)] for start, end in found.unasked],
    }
