"""`errors CODE`: what one of IB's codes means and what to do about it."""

import argparse

from cli.console import emit, emit_json
from cli.parser import Command
from config.settings import Loaded
from ib_api.error_codes import Effect, lookup

SHOWN = ("code", "severity", "effect", "meaning", "advice")
EFFECTS: dict[Effect, str] = {
    "none": "the request goes on",
    "fail": "the request fails",
    "end": "ended as asked",
    "renew": "a stream is cut off and must be asked for again",
}


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", type=int, nargs="+", help="IB's number, e.g. 10197")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    for code in args.code:
        row = lookup(code)
        if args.json:
            emit_json({name: getattr(row, name) for name in SHOWN})
        else:
            head = f"{row.code} ({row.severity}; {EFFECTS[row.effect]})"
            emit(f"{head}: {row.meaning}\n    {row.advice}".encode())
    return 0


COMMAND = Command("errors", "explain one of IB's error codes", _add_arguments, _run)
