"""`config show`: every setting, its value and where that came from."""

import argparse

from cli.console import emit, emit_json
from cli.parser import Command
from config.settings import Loaded, Settings, masked


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["show"], help="show: print value and origin of each setting")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    for name in Settings.model_fields:
        name_of_value = "gateway_port" if name == "port" else name
        value = masked(name, getattr(loaded.settings, name_of_value))
        if args.json:
            emit_json({"name": name, "value": value, "origin": loaded.origins[name]})
        else:
            emit(f"{name:18} {value or '-':30} {loaded.origins[name]}".encode())
    return 0


COMMAND = Command("config", "print every setting and where it came from", _add_arguments, _run)
