"""`chart`: the live chart of a symbol in the browser, with the server that it needs."""

import argparse
import signal

from cli.page import free_place, show
from cli.parser import Command
from config.settings import Loaded
from ib_stream.hosting import server
from market.errors import SetupError


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", nargs="?", default="", help="AAPL, EURUSD, RHM@IBIS (the last one shown)")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    from ib_stream.app import App
    from ib_stream.guard.caller import names_this_machine
    from ib_stream.service import Service

    host, port = loaded.settings.stream_address
    if not names_this_machine(host):
        raise SetupError(f"chart is for this machine, not for {host}; for others: serve with IB_STREAM_TOKEN")
    with free_place(host, port) as place:
        show(place, args.symbol)
        # What ends the server is raised again once it has ended: the same exit code for both signals.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server(App(Service(loaded))).run([place])
    return 0


COMMAND = Command("chart", "show the live chart of a symbol in the browser", _add_arguments, _run)
