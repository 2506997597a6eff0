"""`data list|show|export|delete|prune`: what is stored, without a gateway."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import emit, emit_json, say
from cli.parser import Command, shared_flags
from cli.spans import add_span_arguments
from cli.stream import TICK_TYPES
from config.settings import Loaded
from market import times
from market.bar_size import BarSize
from market.errors import BadRequest, NoData
from market.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from data_processing.inventory import SeriesInfo
    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.layout import Series

EVER = (0, 2**62)
SHOWN = 20


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", help="which store, where there are several: ib, sim-1-consistent-24h, ..."
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True, dest="action")
    for name, help_, function in (
        ("list", "what is stored, a line for each series", _list),
        ("show", "the newest rows of a series", _show),
        ("export", "a series to a CSV or Parquet file", _export),
        ("delete", "remove a series", _delete),
        ("prune", "remove what is older than a date", _prune),
    ):
        action = actions.add_parser(name, help=help_, description=help_, parents=[shared_flags()])
        action.set_defaults(act=function)
        _ARGUMENTS[name](action)


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object for each series")


def _series_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", help="symbol or contract id, as in the list")
    parser.add_argument("--bar-size", help="bars of this size")
    parser.add_argument("--type", choices=TICK_TYPES, help="ticks of this type instead of bars")
    parser.add_argument("--what", help="TRADES, MIDPOINT, ... (whichever is stored)")
    parser.add_argument("--hours", choices=["rth", "all"], help="whichever is stored")


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    add_span_arguments(parser, days=None)
    parser.add_argument("--last", type=int, default=SHOWN, help=f"so many rows ({SHOWN})")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    add_span_arguments(parser, days=None)
    parser.add_argument("--to", type=Path, help="FILE.csv or FILE.parquet (CSV to stdout)")


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    _series_arguments(parser)
    parser.add_argument(
        "--yes", action="store_true", help="do it; without this it only says what it would do"
    )


def _prune_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["ticks", "bars"])
    parser.add_argument(
        "--before", required=True, help="files that hold nothing from this date on are removed"
    )


_ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "list": _list_arguments,
    "show": _show_arguments,
    "export": _export_arguments,
    "delete": _delete_arguments,
    "prune": _prune_arguments,
}


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_processing.timeseries_db import TimeseriesDB

    data_dir = loaded.settings.data_dir
    source = _source(loaded, args.source)
    write = args.action in ("prune",) or (args.action == "delete" and args.yes)
    with TimeseriesDB.open(data_dir, source, write=write, report=say) as db:
        args.act(db, args)
    return 0


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
    names = {(each.contract_id, each.exchange): each.symbol for each in db.instruments()}
    for info in db.inventory():
        symbol = names.get((info.series.contract_id, info.series.exchange), "?")
        if args.json:
            emit_json({"symbol": symbol, "kind": _kind(info.series), "info": info})
        else:
            emit(_line(symbol, info).encode())


def _line(symbol: str, info: "SeriesInfo") -> str:
    series = info.series
    odd = f"  {info.revisions} revised" if info.revisions else ""
    odd += f"  {info.disagreements} seconds disputed" if info.disagreements else ""
    return (
        f"{symbol:8} {series.contract_id}@{series.exchange:8} {_kind(series):18} {info.rows:>9} rows"
        f"  {times.iso(info.first)} .. {times.iso(info.last)}  {info.size / 1024:,.0f} KiB{odd}"
    )


def _kind(series: "Series") -> str:
    from data_storage.layout import BarSeries

    return f"{series.size} {series.what} {series.hours}" if isinstance(series, BarSeries) else series.kind


def _chosen(db: "TimeseriesDB", args: argparse.Namespace) -> "list[Series]":
    """The stored series that the arguments name; raise `NoData` when there is none."""
    from data_storage.layout import BarSeries

    instrument = db.find_instrument(args.symbol)
    size = BarSize.parse(args.bar_size).name if args.bar_size else None
    found: list[Series] = []
    for info in db.inventory():
        series = info.series
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


def _read(db: "TimeseriesDB", args: argparse.Namespace) -> "pa.Table":
    from data_storage.layout import BarSeries

    series = _only(db, args)
    start = times.parse(args.start) if args.start else EVER[0]
    end = times.parse(args.end) if args.end else EVER[1]
    if isinstance(series, BarSeries):
        return db.bars(
            series.contract_id, series.exchange, series.size, start, end, what=series.what, hours=series.hours
        )
    return db.ticks(series.contract_id, series.exchange, series.kind, start, end)


def _show(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    from data_storage.csv_files import lines

    table = _read(db, args)
    _write(lines(table.slice(max(0, table.num_rows - args.last))))


def _export(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    from data_storage import csv_files, parquet_files

    table = _read(db, args)
    if args.to is None:
        _write(csv_files.lines(table))
        return
    writers = {".csv": csv_files.export, ".parquet": parquet_files.export}
    writer = writers.get(args.to.suffix.lower())
    if writer is None:
        raise BadRequest(f"{args.to}: write to a name that ends in .csv or .parquet")
    say(f"{writer(table, args.to)} rows to {args.to}")


def _write(pieces: Iterable[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stdout.flush()


def _delete(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    for series in _chosen(db, args):
        if args.yes:
            say(f"deleted {args.symbol} {_kind(series)}: {db.delete(series) / 1024:,.0f} KiB freed")
        else:
            say(f"would delete {args.symbol} {_kind(series)}; add --yes to do it")


def _prune(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    freed = db.prune(args.kind, times.parse(args.before))
    say(f"pruned {args.kind} before {args.before}: {freed / 1024:,.0f} KiB freed")


COMMAND = Command("data", "list, show, export, delete or prune what is stored", _add_arguments, _run)
