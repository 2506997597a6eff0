"""Open interest from a file: IB tells today's only, exchanges and vendors sell its history."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from data_processing.futures.continuous import Interest
from market.errors import BadRequest
from market.instrument import Instrument

COLUMNS = ("date", "contract", "open_interest")
_EPOCH = date(1970, 1, 1).toordinal()


def read_interest(path: Path, chain: Sequence[Instrument]) -> Interest:
    """A CSV file with a header and `COLUMNS` in any order: ``2026-12-11,ESZ6,2100345``.

    `contract` is a local symbol or a contract id; others than those of `chain` are passed over. Raise
    `BadRequest` with the line for what cannot be read.
    """
    ids = {name: each.contract_id for each in chain for name in (each.ticker, str(each.contract_id))}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise BadRequest(
                    f"{path} has no column {missing[0]!r}; its first line must be: {','.join(COLUMNS)}"
                )
            return dict(_entry(path, rows.line_num, row, ids) for row in rows if row["contract"] in ids)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} cannot be read: {error}") from error


def _entry(
    path: Path, line: int, row: Mapping[str, str], ids: Mapping[str, int]
) -> tuple[tuple[int, int], float]:
    try:
        day = date.fromisoformat(row["date"]).toordinal() - _EPOCH
        return (day, ids[row["contract"]]), float(row["open_interest"])
    except (ValueError, TypeError):
        what = ",".join(filter(None, row.values()))
        raise BadRequest(f"{path}, line {line}: {what!r} is not like 2026-12-11,ESZ6,2100345") from None
