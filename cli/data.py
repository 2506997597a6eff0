"""`data list|show|export|import|sql|gaps|delete|prune`: what is stored, without a gateway."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cli import data_audit, data_continuous, data_import, data_resample, data_sql
from cli.console import emit, emit_json, say
from cli.data_output import check_name, write_rows
from cli.parser import Command, shared_flags, source_name
from cli.spans import add_span_arguments, limits
from cli.stream import TICK_TYPES
from config.settings import Loaded
from market import times
from market.bar_size import BarSize
from market.clock import RealClock
from market.errors import BadRequest, NoData
from market.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from data_processing.inventory import SeriesInfo
    from data_processing.shelf import Damage
    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.errors import DamagedFile
    from data_storage.layout import Series

EVER = (0, 2**62)
SHOWN = 20


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(source=None)
    _source_argument(parser)
    actions = parser.add_subparsers(metavar="ACTION", required=True, dest="action")
    for name, help_, function in (
        ("list", "what is stored, a line for each series", _list),
        ("show", "the newest rows of a series", _show),
        ("export", "a series to a CSV or Parquet file", _export),
        ("import", "bars or ticks from a CSV or Parquet file", data_import.import_file),
        (
            "sql",
            "what a SELECT says of all that is stored; without one, which tables there are",
            data_sql.sql,
        ),
        ("gaps", "what nobody has, or waits to be filled in", data_audit.gaps),
        ("continuous", "the bars of a future across its expiries", data_continuous.run),
        ("delete", "remove a series", _delete),
        ("prune", "remove what is older than a date", _prune),
    ):
        action = actions.add_parser(name, help=help_, description=help_, parents=[shared_flags()])
        action.set_defaults(act=function)
        _source_argument(action)
        _ARGUMENTS[name](action)


def _source_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        type=source_name,
        default=argparse.SUPPRESS,
        help="which store, where there are several: ib, sim-1-consistent-24h, ...",
    )


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object for each series")


def _series_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", help="symbol or contract id, as in the list")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--bar-size", help="bars of this size")
    kind.add_argument("--type", choices=TICK_TYPES, help="ticks of this type instead of bars")
    parser.add_argument("--what", help="TRADES, MIDPOINT, ... (whichever is stored)")
    parser.add_argument("--hours", choices=["rth", "all"], help="whichever is stored")


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    data_resample.add_argument(parser)
    add_span_arguments(parser, days=None)
    parser.add_argument("--last", type=int, default=SHOWN, help=f"so many rows ({SHOWN})")
    parser.add_argument("--json", action="store_true", help="one JSON object for each row")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    data_resample.add_argument(parser)
    add_span_arguments(parser, days=None)
    parser.add_argument("--to", type=Path, help="FILE.csv or FILE.parquet (CSV to stdout)")


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    _yes_argument(parser)


def _yes_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--yes", action="store_true", help="do it; without this it only says what it would do"
    )


def _prune_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["ticks", "bars"])
    parser.add_argument(
        "--before", required=True, help="files that hold nothing from this date on are removed"
    )
    _yes_argument(parser)


_ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "list": _list_arguments,
    "show": _show_arguments,
    "export": _export_arguments,
    "import": data_import.add_arguments,
    "sql": data_sql.add_arguments,
    "gaps": data_audit.add_arguments,
    "continuous": data_continuous.add_arguments,
    "delete": _delete_arguments,
    "prune": _prune_arguments,
}


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_processing.timeseries_db import TimeseriesDB

    data_dir = loaded.settings.data_dir
    if args.action == "import":
        data_import.check(args, data_dir)
    source = _source(loaded, args.source)
    write = args.action == "import" or (args.action in ("delete", "prune") and args.yes)
    with TimeseriesDB.open(data_dir, source, write=write, report=say) as db:
        return args.act(db, args) or 0


def _source(loaded: Loaded, name: str | None) -> Source:
    settings = loaded.settings
    if name is None and loaded.simulated:
        return Source.simulated(seed=settings.seed, feed=settings.feed, always_open=True)
    stores = sorted(path.parent.name for path in settings.data_dir.glob("*/manifest.json"))
    if name is None and len(stores) != 1:
        what = f"there are {', '.join(stores)}" if stores else f"there is none in {settings.data_dir}"
        raise BadRequest(f"which store? {what}; choose with --source NAME, or fill one with: backfill")
    return Source(name or stores[0], "", "SIMULATED")


def _list(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    tickers = {(each.contract_id, each.exchange): each.ticker for each in db.instruments()}
    found = [
        (tickers.get((info.series.contract_id, info.series.exchange), "?"), info) for info in db.inventory()
    ]
    if args.json:
        for ticker, info in found:
            emit_json({"symbol": ticker, "kind": _kind(info.series), "info": _as_json(info)})
    else:
        for line in aligned([_cells(ticker, info) for ticker, info in found]):
            emit(line.encode())
    if not found:
        say("nothing is stored yet; fill the store with: backfill")
    kept = db.quarantined()
    if kept:
        names = ", ".join(str(path.relative_to(db.folder)) for path in kept)
        say(f"damaged files that were moved away and are kept in {db.folder}: {names}")


def _as_json(info: "SeriesInfo") -> dict[str, Any]:
    return {**msgspec.to_builtins(info), "first": times.iso(info.first), "last": times.iso(info.last)}


def _cells(ticker: str, info: "SeriesInfo") -> list[str]:
    series = info.series
    odd = [f"{info.revisions} earlier versions kept"] if info.revisions else []
    odd += [f"{info.disagreements} seconds disputed"] if info.disagreements else []
    return [
        ticker,
        f"{series.contract_id}@{series.exchange}",
        _kind(series),
        f"{info.rows} rows",
        f"{times.iso(info.first)} ..",
        times.iso(info.last),
        f"{info.size / 1024:,.0f} KiB",
        "  ".join(odd),
    ]


# The columns of `data list` that are numbers.
_RIGHT = {3, 6}


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines whose columns begin, or for numbers end, below each other.

    >>> aligned([["AAPL", "1m", "", "9"], ["EUR.USD", "Last", "", "10"]])
    ['AAPL     1m     9', 'EUR.USD  Last  10']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [(n, ">" if n in _RIGHT else "<", width) for n, width in enumerate(widths) if width]
    return ["  ".join(f"{row[n]:{side}{width}}" for n, side, width in shown).rstrip() for row in rows]


def _kind(series: "Series") -> str:
    from data_storage.layout import BarSeries

    return f"{series.size} {series.what} {series.hours}" if isinstance(series, BarSeries) else series.kind


def _chosen(db: "TimeseriesDB", args: argparse.Namespace) -> "list[Series]":
    """The stored series that the arguments name; raise `NoData` when there is none."""
    from data_storage.layout import BarSeries

    instrument = db.find_instrument(args.symbol)
    size = BarSize.parse(args.bar_size).name if args.bar_size else None
    found: list[Series] = []
    for series in db.series():
        if (series.contract_id, series.exchange) != (instrument.contract_id, instrument.exchange):
            continue
        if isinstance(series, BarSeries):
            wanted = args.type is None and size in (None, series.size)
            wanted = wanted and args.what in (None, series.what) and args.hours in (None, series.hours)
        else:
            wanted = size is None and args.type in (None, series.kind)
        if wanted:
            found.append(series)
    if not found:
        raise NoData(f"{args.symbol}: nothing stored of that kind; see what is with: data list")
    return found


def _only(db: "TimeseriesDB", args: argparse.Namespace) -> "Series":
    found = _chosen(db, args)
    if len(found) > 1:
        kinds = "; ".join(_kind(series) for series in found)
        raise BadRequest(
            f"{args.symbol}: several are stored ({kinds}); choose with --bar-size or --type, --what, --hours"
        )
    return found[0]


def _read(db: "TimeseriesDB", args: argparse.Namespace) -> "tuple[pa.Table, DamagedFile | None]":
    """The readable rows asked for, and what to raise, once they are written, where there is damage.

    Where nothing is readable it is raised at once, so that nothing is written.
    """
    series = data_resample.source_of(db, args) if args.made_of else _only(db, args)
    start, end = (ever if given is None else given for given, ever in zip(limits(args), EVER, strict=True))
    read = data_resample.made if args.made_of else _rows
    table = read(db, series, args, start, end)
    damage = [each for each in db.damaged if each.series == series and each.start < end and start < each.end]
    if not damage:
        return table, None
    error = _incomplete(args.symbol, damage, table.num_rows)
    if not table.num_rows:
        raise error
    return table, error


def _incomplete(symbol: str, damage: "Sequence[Damage]", rows: int) -> "DamagedFile":
    from data_processing.shelf import recovery
    from data_storage.errors import DamagedFile

    series = damage[0].series
    first, last = min(each.start for each in damage), max(each.end for each in damage)
    left = f"the other {rows} rows were written" if rows else "nothing else is there, so nothing was written"
    return DamagedFile(
        f"{symbol} {_kind(series)} is incomplete, files damaged: {len(damage)}; {left}; "
        f"{recovery(series, first, last)}"
    )


def _rows(db: "TimeseriesDB", series: "Series", _: argparse.Namespace, start: int, end: int) -> "pa.Table":
    from data_storage.layout import BarSeries

    if isinstance(series, BarSeries):
        return db.bars(
            series.contract_id, series.exchange, series.size, start, end, what=series.what, hours=series.hours
        )
    return db.ticks(series.contract_id, series.exchange, series.kind, start, end)


def _show(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    if args.last < 1:
        raise BadRequest(f"--last {args.last}: the number of rows must be above 0")
    table, damage = _read(db, args)
    write_rows(table.slice(max(0, table.num_rows - args.last)), json=args.json)
    if damage:
        raise damage


def _export(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    check_name(args.to)
    table, damage = _read(db, args)
    write_rows(table, args.to)
    if damage:
        raise damage


def _delete(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    for series in _chosen(db, args):
        if args.yes:
            say(f"deleted {args.symbol} {_kind(series)}: {db.delete(series) / 1024:,.0f} KiB freed")
        else:
            say(f"would delete {args.symbol} {_kind(series)}; add --yes to do it")


def _prune(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    before, now = times.parse(args.before), RealClock().now()
    if before > now:
        raise BadRequest(
            f"--before {args.before} lies in the future and would remove all; now is {times.iso(now)}"
        )
    old = db.old_files(args.kind, before)
    size = sum(path.stat().st_size for path in old) / 1024
    if args.yes:
        db.prune(args.kind, before)
        say(f"pruned {args.kind} before {args.before}: files {len(old)}, {size:,.0f} KiB freed")
    else:
        what = f"{args.kind} before {args.before}: files {len(old)}, {size:,.0f} KiB"
        say(f"would remove {what}; add --yes to do it")


COMMAND = Command(
    "data", "list, show, export, import, query, delete or prune what is stored", _add_arguments, _run
)
