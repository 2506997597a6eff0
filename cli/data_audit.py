"""`data gaps` and `audit`: what is there, what is missing, and why."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.console import emit, emit_json, say
from cli.spans import limits
from market import times
from market.clock import RealClock
from market.times import iso

if TYPE_CHECKING:
    from data_processing.accounting import Stretch, Verdict
    from data_processing.audit import Audit
    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.ledger import Span, Stream

INCOMPLETE = 8
"""The exit code for data of which something is missing, see `market.errors`."""

_WORDS: "dict[Verdict, str]" = {
    "have": "have",
    "filled": "filled in",
    "empty": "confirmed empty",
    "pending": "pending",
    "gap": "gap",
    "hole": "hole without a reason",
    "closed": "closed",
}
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of both."""
    parser.add_argument("symbol", nargs="?", help="symbol or contract id, as in the list (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def gaps(db: "TimeseriesDB", args: argparse.Namespace) -> int:
    """A line for each gap, and for each hole that waits to be filled in."""
    from data_processing.audit import unfinished

    found = [each for each in unfinished(db) if _wanted(db, args, each.stream)]
    for span in sorted(found, key=lambda each: each.start):
        emit_json(_as_json(db, span)) if args.json else emit(line(db, span).encode())
    if not found:
        say("no gaps, and nothing waits to be filled in")
    return INCOMPLETE if found else 0


def audit(db: "TimeseriesDB", args: argparse.Namespace) -> int:
    """Coverage per contract and what is missing; exit code 8 where a hole has no reason."""
    from data_processing import audit as audits

    every = audits.audit(db, RealClock().now(), *limits(args))
    contracts: dict[tuple[int, str], list[Audit]] = {}
    for each in every:
        if _wanted(db, args, each.stream):
            contracts.setdefault((each.stream.contract_id, each.stream.exchange), []).append(each)
    for route, found in contracts.items():
        if not args.json:
            emit(f"{_contract(db, *route)}: {_percent(audits.share(found))} there".encode())
        for each in found:
            emit_json(_audit_json(db, each)) if args.json else _show(each, args.explain)
    return _verdict([each for found in contracts.values() for each in found], len(db.unreadable()))


def _verdict(found: "Sequence[Audit]", lost: int) -> int:
    """What to say and to answer once all is shown."""
    holes = sum(len(each.holes) for each in found)
    if lost:
        say(
            f"files that are gone or damaged: {lost}; bring them back from a backup, or fetch that time again"
        )
    if holes:
        say(f"holes without a reason: {holes}; fetch what can be had with: backfill --fill-gaps")
    elif not found and not lost:
        say("nothing is stored and nothing was wanted; there is nothing to audit")
    return INCOMPLETE if holes or lost else 0


def _show(audit_: "Audit", explain: bool) -> None:
    emit(f"  {_series(audit_.stream)}: {_percent(audit_.share)} there; {_lengths(audit_)}".encode())
    if audit_.outside:
        emit(f"    {audit_.outside} bars lie outside of the hours in which it trades".encode())
    for each in audit_.stretches if explain else audit_.missing:
        emit(f"    {_stretch(each)}".encode())


def _stretch(each: "Stretch") -> str:
    what = ": ".join(filter(None, (_WORDS[each.verdict], each.reason)))
    return f"{iso(each.start)} .. {iso(each.end)} {what}"


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
    return f"{_ticker(db, stream.contract_id, stream.exchange)} {_series(stream)}"


def _contract(db: "TimeseriesDB", contract_id: int, exchange: str) -> str:
    ticker, route = _ticker(db, contract_id, exchange), f"{contract_id}@{exchange}"
    return ticker if ticker == route else f"{ticker} {route}"


def _ticker(db: "TimeseriesDB", contract_id: int, exchange: str) -> str:
    route = contract_id, exchange
    known = [each.ticker for each in db.instruments() if (each.contract_id, each.exchange) == route]
    return known[0] if known else f"{contract_id}@{exchange}"


def _series(stream: "Stream") -> str:
    line_ = "(market-data line)" if stream.source == "l1" else ""
    return " ".join(filter(None, (stream.kind, stream.what, stream.hours, line_)))


def _percent(share: float) -> str:
    """Never rounded up: 100 % is all of it.

    >>> _percent(1.0), _percent(0.99999)
    ('100 %', '99.99 %')
    """
    return "100 %" if share == 1 else f"{int(share * 10_000) / 100:.2f} %"


def _lengths(audit_: "Audit") -> str:
    lengths = audit_.lengths
    told = [f"{word} {_long(lengths[state])}" for state, word in _WORDS.items() if state in lengths]
    return ", ".join(told) or "nothing of it is over yet"


def _long(nanoseconds: int) -> str:
    """A length of time in the largest unit of which it has one.

    >>> _long(90 * 60 * 10**9), _long(5 * 10**8)
    ('1.5 h', '0.5 s')
    """
    seconds = nanoseconds / times.SECOND
    size, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return f"{seconds / size:,.1f}".removesuffix(".0") + f" {unit}"


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
        "contract_id": found.stream.contract_id,
        "exchange": found.stream.exchange,
        "share": found.share,
        "seconds": {state: length / times.SECOND for state, length in found.lengths.items()},
        "outside": found.outside,
        "missing": [
            {"start": iso(each.start), "end": iso(each.end), "verdict": each.verdict, "reason": each.reason}
            for each in found.missing
        ],
    }
