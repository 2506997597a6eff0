"""`export`: a chart as a file, an HTML document that needs no network or a picture."""

import argparse
from pathlib import Path

from cli.console import emit_json, say
from cli.gateway import explained
from cli.parser import Command
from config.settings import Loaded
from market.errors import BadRequest


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=("html", "png"), help="a document, or a picture (needs Chromium)")
    parser.add_argument("symbol", help="AAPL, EURUSD, RHM@IBIS, a contract id")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to (SYMBOL.html or SYMBOL.png here)")
    parser.add_argument("--period", default="1d", help="how far back: 6h, 5d, 2w, 3mo, 1y (1d)")
    parser.add_argument("--bar-size", default="1m", help="1s 5s 1m 5m 15m 1h 1D (1m)")
    parser.add_argument("--rth", action="store_true", help="regular trading hours only")
    parser.add_argument("--zone", help="the time zone to show: Europe/Berlin (the exchange's)")
    parser.add_argument("--width", type=int, default=1280, help="of a picture, in pixels (1280)")
    parser.add_argument("--height", type=int, default=720, help="of a picture, in pixels (720)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    from charting.picture import browser
    from charting.trade_chart import TradeChart
    from data_processing.display_zone import display_zone
    from data_processing.market_data_hub import MarketDataHub
    from data_processing.tws.connection import TwsConnection
    from data_processing.tws.stock import TwsStock

    # What cannot be is said before anything is asked of IB.
    hub = MarketDataHub(args.bar_size, zone=args.zone)
    if args.format == "png":
        browser()
        _check(args.width, args.height)
    with explained(loaded.settings), TwsConnection(loaded=loaded) as connection:
        stock = TwsStock(connection, args.symbol)
        instrument = stock.instrument
        if args.zone is None:
            hub.zone = display_zone(instrument.time_zone or "UTC")
        hub.apply_delta_df(stock.get_historical_data(args.period, args.bar_size, rth=args.rth))
    title, tick = instrument.ticker, instrument.min_tick
    chart = TradeChart(hub, title=title, label=connection.label, min_tick=tick)
    path = args.out or Path(f"{title.replace('/', '_')}.{args.format}")
    if args.format == "png":
        chart.export_png(path, args.width, args.height)
    else:
        chart.export_html(path)
    bars = len(hub.candles())
    emit_json({"path": str(path), "bars": bars}) if args.json else say(f"{path}: {bars} bars")
    return 0


def _check(*pixels: int) -> None:
    if not all(100 <= each <= 10_000 for each in pixels):
        raise BadRequest(f"a picture of {' x '.join(map(str, pixels))} pixels cannot be drawn; 100 to 10000")


COMMAND = Command("export", "write a chart to a file: html or png", _add_arguments, _run)
