"""`version`: what is installed, for a bug report."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

from cli.console import emit, emit_json
from cli.parser import Command
from config.settings import Loaded

PACKAGES = ("nautilus-ibapi", "ibapi", "protobuf", "numpy", "pandas", "pyarrow", "msgspec")


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def versions() -> dict[str, str]:
    """truetick, Python and the packages it stands on, each with its version."""
    found = {"truetick": _installed("truetick"), "python": platform.python_version()}
    return found | {package: _installed(package) for package in PACKAGES}


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    found = versions()
    if args.json:
        emit_json(found)
    else:
        emit("\n".join(f"{name} {number}" for name, number in found.items()).encode())
    return 0


COMMAND = Command("version", "print the versions of truetick and of what it stands on", _add_arguments, _run)
