"""`data show|export --from`: bars of any size, made of stored ticks or smaller bars."""

import argparse
from typing import TYPE_CHECKING, get_args

from cli.backfill_report import default_what
from market.bar_size import BarSize
from market.errors import BadRequest, NoData
from market.events import Hours, TickType
from market.times import DAY

if TYPE_CHECKING:
    import pyarrow as pa

    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.layout import Series


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add --from."""
    parser.add_argument(
        "--from",
        dest="made_of",
        metavar="PART",
        help="make the bars of ticks (Last, BidAsk, ...) or smaller bars (1m); --bar-size is any then: 65m",
    )


def source_of(db: "TimeseriesDB", args: argparse.Namespace) -> "Series":
    """The stored series that --from names; raise `NoData` when there is none, `BadRequest` without a size."""
    from data_storage.layout import BarSeries, TickSeries

    if not args.bar_size or args.type:
        raise BadRequest("--from makes bars: say of which size with --bar-size, without --type")
    instrument = db.find_instrument(args.symbol)
    route = instrument.contract_id, instrument.exchange
    kinds: dict[str, TickType] = {kind.lower(): kind for kind in get_args(TickType)}
    stored = [each for each in db.series() if (each.contract_id, each.exchange) == route]
    found: list[Series]
    if kind := kinds.get(args.made_of.lower()):
        found = [each for each in stored if each == TickSeries(*route, kind)]
    else:
        size = _smaller(args.made_of)
        bars = [each for each in stored if isinstance(each, BarSeries) and each.size == size]
        # Regular hours may be cut out of all hours, not the other way round.
        bars = [each for each in bars if each.hours in (args.hours or "all", "all")]
        bars = [each for each in bars if args.what in (None, each.what)]
        usual = default_what(instrument.sec_type)
        bars = [each for each in bars if each.what == usual] or bars
        if len(whats := sorted({each.what for each in bars})) > 1:
            raise BadRequest(f"{args.symbol}: several are stored ({' '.join(whats)}); choose with --what")
        found = [*sorted(bars, key=lambda each: each.hours != args.hours)]
    if not found:
        raise NoData(f"{args.symbol}: no {args.made_of} is stored; see what is with: data list")
    return found[0]


def _smaller(text: str) -> str:
    try:
        return BarSize.parse(text).name
    except BadRequest:
        names = " ".join(get_args(TickType))
        raise BadRequest(f"--from {text!r}: name ticks ({names}) or a size of bars, such as 1m") from None


def made(db: "TimeseriesDB", series: "Series", args: argparse.Namespace, start: int, end: int) -> "pa.Table":
    """The bars of --bar-size and --hours that start in [start, end), made of `series`."""
    from data_processing.queries.bar_grid import parse_size
    from data_processing.queries.contract_hours import sessions_of
    from data_processing.queries.resample import regroup, resample
    from data_storage.layout import BarSeries

    hours: Hours = args.hours or getattr(series, "hours", "all")
    of_sessions = hours == "rth" or not parse_size(args.bar_size).intraday
    sessions = None
    if of_sessions:
        # Sessions are counted out for as long as something is stored, not for ever.
        (known,) = [each for each in db.inventory() if each.series == series]
        start, end = max(start, known.first - DAY), min(end, known.last + DAY)
        sessions = sessions_of(db, series.contract_id, series.exchange, hours, start, end)
    zone = db.find_instrument(args.symbol).time_zone
    if isinstance(series, BarSeries):
        answer = regroup(db, series, args.bar_size, start, end, zone=zone, sessions=sessions)
    else:
        answer = resample(db, series, args.bar_size, start, end, zone=zone, sessions=sessions)
    return answer.read_all()
