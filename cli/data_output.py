"""Rows of the store as a file, or as CSV or JSON on stdout."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import say
from market.errors import BadRequest, SetupError

if TYPE_CHECKING:
    import pyarrow as pa

_FORMS = (".csv", ".parquet")


def check_name(to: Path | None) -> None:
    """Raise `BadRequest` for a name of which no form follows."""
    if to is not None and to.suffix.lower() not in _FORMS:
        raise BadRequest(f"{to}: write to a name that ends in .csv or .parquet")


def write_rows(table: "pa.Table", to: Path | None = None, *, json: bool = False) -> None:
    """Write the table to a file in the form that its name says, else to stdout as CSV or JSON.

    Raise `BadRequest` for another form, `SetupError` where nothing can be written.
    """
    from data_storage import csv_files, parquet_files

    check_name(to)
    if to is None:
        return _print(csv_files.json_lines(table) if json else csv_files.lines(table))
    export = csv_files.export if to.suffix.lower() == ".csv" else parquet_files.export
    try:
        say(f"{export(table, to)} rows to {to}")
    except OSError as error:
        raise SetupError(f"{to} cannot be written: {error.strerror}; choose another place") from error


def _print(pieces: Iterable[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stdout.flush()
