"""One store in a process of its own: a command a line on stdin, an answer a line on stdout, both JSON.

    python -m benchmarks.store_parts.worker SIDE FOLDER DATA [--read]

What is timed is the call alone: no start, no preparation of what is given, no check of what came.
"""

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.store_parts import data, live, memory
from benchmarks.store_parts.sides.side import Side, Unsupported

SIDES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "truetick": ("ours", "Truetick", {}),
    "truetick-50ms": ("ours", "Truetick", {"sync": "group"}),
    "duckdb": ("duckdb_file", "DuckDB", {}),
    "arcticdb": ("arctic", "ArcticDB", {}),
    "arcticdb-one": ("arctic", "OneSymbol", {}),
    "sqlite": ("sqlite_file", "SQLite", {}),
    "chdb": ("chdb_session", "ChDB", {}),
    "deltalake": ("delta", "DeltaLake", {}),
    "pyarrow hive": ("hive", "Hive", {}),
    "bare file": ("bare", "BareFile", {}),
}
Answer = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--read", action="store_true", help="only read; another process may be writing")
    args = parser.parse_args()
    # Whatever a library prints must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        worker = Worker(open_side(args.side, args.folder, write=not args.read), args.data)
    except Exception as error:  # that a store cannot be opened beside its writer is a finding
        sys.exit(print(json.dumps(_failure(error)), file=answers, flush=True))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(worker, json.loads(line))), file=answers, flush=True)
    worker.side.close()


def open_side(name: str, folder: Path, *, write: bool) -> Side:
    """The store called `name` in `folder`."""
    module, kind, options = SIDES[name]
    found = getattr(importlib.import_module(f"benchmarks.store_parts.sides.{module}"), kind)
    side: Side = found(folder, write=write, **options)
    return side


def answer(worker: "Worker", command: dict[str, Any]) -> Answer:
    """Do what is asked; what a store cannot do, or does wrong, is an answer too."""
    try:
        done: Answer = getattr(worker, command.pop("do"))(**command)
    except Unsupported as error:
        return {"unsupported": str(error)}
    except Exception as error:  # a peer's failure is a finding, not the end of the benchmark
        return _failure(error)
    return done


def _failure(error: Exception) -> Answer:
    return {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:200]}


class Worker:
    """The commands; each answers with seconds and with what the caller compares between the stores."""

    def __init__(self, side: Side, folder: Path) -> None:
        self.side = side
        self._data = folder

    def load(self, what: str) -> Answer:
        """Bulk load of all there is."""
        _, tables = data.read(self._data)
        given = self.side.prepare(what, tables[what])
        return {"seconds": _timed(lambda: self.side.load(what, given))[0], "rows": tables[what].num_rows}

    def disk(self, what: str) -> Answer:
        return {"bytes": self.side.disk(what)}

    def ask(self, question: str, values: list[int]) -> Answer:
        """A query; `check` is a sum over what came."""
        seconds, found = _timed(lambda: getattr(self.side, question)(*values))
        return {"seconds": seconds, "rows": found.num_rows, "check": check(found)}

    def append(self, first: int, count: int, rows: int) -> Answer:
        """Batches one by one; the seconds of each."""
        given = [self.side.prepare("ticks", data.batch(first + n, rows)) for n in range(count)]
        return {"each": [_timed(partial(self.side.append, batch))[0] for batch in given]}

    def upsert(self, number: int) -> Answer:
        """Six bars of every contract, and then the newest minute and a contract's last bars read back."""
        bars = data.update(number)
        given = self.side.prepare("bars", bars)
        seconds, _ = _timed(lambda: self.side.upsert(given))
        newest = int(bars["time"].cast(pa.int64())[-1].as_py())
        contract = int(data.contracts(data.BAR_CONTRACTS)[number % data.BAR_CONTRACTS])
        reading, found = _timed(lambda: (self.side.minute(newest), self.side.last_bars(contract, 500)))
        return {
            "seconds": seconds,
            "with_reading": seconds + reading,
            "rows": [each.num_rows for each in found],
            "check": [check(each) for each in found],
        }

    def live_write(self, seconds: float) -> Answer:
        return live.write(self.side, seconds)

    def live_read(self, seconds: float) -> Answer:
        return live.read(self.side, seconds)

    def memory(self, question: str, values: list[int], warm: list[int]) -> Answer:
        """The memory of a query once a like one was answered, beside the size of its answer."""
        ask = getattr(self.side, question)
        ask(*warm)
        grown, found = memory.growth(lambda: ask(*values))
        return {"bytes": grown, "answer": found.nbytes, "rows": found.num_rows}


def check(table: pa.Table) -> int:
    """A sum that two equal answers share, whatever the order and the types of their columns."""
    columns = [name for name in ("price", "size", "open", "close", "volume") if name in table.column_names]
    return round(sum(pc.sum(table[name]).as_py() or 0.0 for name in columns) * 100)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


if __name__ == "__main__":
    main()
