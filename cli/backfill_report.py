"""What a backfill did, for people and as JSON, and what of damaged files it did not bring back."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from market import times
from market.instrument import Instrument

if TYPE_CHECKING:
    from data_processing.history.plan import Plan
    from data_processing.history.reports import BackfillReport, TickReport
    from data_processing.shelf import Damage
    from data_storage.layout import Series


def check_whole(
    damaged: "Sequence[Damage]", fetched: "Collection[Series]", start: int, end: int, now: int
) -> None:
    """Raise `DamagedFile` when a damaged file held more than what [start, end) of `fetched` brought back."""
    from data_processing.coverage import missing
    from data_processing.shelf import recovery
    from data_storage.errors import DamagedFile

    for each in damaged:
        mended = [(start, end)] if each.series in fetched else []
        holes = missing(mended, each.start, min(each.end, now))
        if holes:
            advice = recovery(each.series, holes[0][0], holes[-1][1])
            raise DamagedFile(f"incomplete: {each.path} was damaged and not all it held is back; {advice}")


def as_json(
    instrument: Instrument, series: "Series", report: "BackfillReport | TickReport"
) -> dict[str, Any]:
    """What was done to a series, times as ISO texts."""
    moments = {"first": report.first, "last": report.last}
    return {
        **_named(instrument, series),
        **msgspec.to_builtins(report),
        **{name: None if time is None else times.iso(time) for name, time in moments.items()},
    }


def plan_as_json(
    instrument: Instrument, series: "Series", start: int, end: int, plan: "Plan | None"
) -> dict[str, Any]:
    """What of a series would be asked for; `plan` is that of bars, whose requests are known before."""
    bounds = {"start": times.iso(start), "end": times.iso(end)}
    cost = {} if plan is None else {"requests": plan.requests, "seconds": plan.seconds, "note": plan.note}
    return _named(instrument, series) | bounds | cost


def _named(instrument: Instrument, series: "Series") -> dict[str, Any]:
    from data_storage.layout import BarSeries

    if isinstance(series, BarSeries):
        kind = {"bar_size": series.size, "what": series.what, "hours": series.hours}
    else:
        kind = {"ticks": series.kind}
    route = {"contract_id": series.contract_id, "exchange": series.exchange}
    return {"symbol": instrument.ticker, **route, **kind}


def summary(symbol: str, report: "BackfillReport") -> str:
    """One line that says what a backfill did."""
    parts = [f"{report.new} new", f"{report.confirmed} confirmed"]
    parts += [f"{report.revised} revised", f"{report.unchanged} unchanged"]
    parts += [f"{count} left out or mended ({fault})" for fault, count in report.faults.items()]
    parts += ["the rest was stored already"] if report.skipped else []
    if report.split is not None:
        then = "backfill it to fetch all of it anew" if report.left else "so all was fetched anew"
        parts.append(f"a split changed all prices by the factor {report.split:g}, {then}")
    return f"{symbol}: {report.received} bars received ({', '.join(parts)}){_span(report)}"


def tick_summary(symbol: str, report: "TickReport") -> str:
    """One line that says what a fetch of ticks did."""
    rest = ", the rest was stored already" if report.skipped else ""
    requests = "1 request" if report.pages == 1 else f"{report.pages} requests"
    return f"{symbol}: {report.received} ticks received in {requests}{rest}{_span(report)}"


def _span(report: "BackfillReport | TickReport") -> str:
    if report.first is None or report.last is None:
        return ""
    return f", {times.iso(report.first)} .. {times.iso(report.last)}"


def default_what(sec_type: str) -> str:
    """Forex has no trades: its bars are those of the midpoint."""
    return "MIDPOINT" if sec_type == "CASH" else "TRADES"
