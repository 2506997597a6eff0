"""How long it takes to open a store of many files, and to its first answer.

    python -m benchmarks.store_parts.opening FOLDER --make 1000
    python -m benchmarks.store_parts.opening FOLDER

The second form prints a line of JSON; it is a process of its own, so that nothing is known beforehand.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.ours import EXCHANGE, SOURCE
from data_processing.timeseries_db import TimeseriesDB

CONTRACT = int(data.FIRST_CONTRACT)


def make(folder: Path, files: int) -> None:
    """A store with a file of trades for each of as many days."""
    days = data.END - np.arange(files)[::-1] * data.DAY + data.OPENING
    table = pa.table(
        {
            "contract_id": np.full(files, CONTRACT),
            "exchange": pa.array([EXCHANGE] * files),
            "time": pa.array(days, pa.timestamp("ns", tz="UTC")),
            "price": np.linspace(1, 2, files),
            "size": np.ones(files),
        }
    )
    with TimeseriesDB.open(folder, SOURCE, write=True) as db:
        db.load_ticks("Last", table)


def measure(folder: Path) -> dict[str, float]:
    """Seconds to open, and from then on to the first rows."""
    start = time.perf_counter()
    db = TimeseriesDB.open(folder, SOURCE)
    opened = time.perf_counter()
    rows = db.ticks(CONTRACT, EXCHANGE, "Last", data.END, data.END + data.DAY).num_rows
    answered = time.perf_counter()
    files = sum(1 for _ in (db.folder / "ticks").rglob("*.parquet"))
    return {"open": opened - start, "first_answer": answered - opened, "files": files, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", type=int, default=0)
    args = parser.parse_args()
    if args.make:
        make(args.folder, args.make)
    else:
        print(json.dumps(measure(args.folder)))


if __name__ == "__main__":
    main()
