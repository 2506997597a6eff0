"""The whole product at work: how late a tick comes, and what becomes of clients that idle, leave or are left.

A simulated gateway, the streaming server and the clients are processes of their own on this machine.

    python benchmarks/serving.py                  all parts: about twelve minutes
    python benchmarks/serving.py --quick          about a minute and a half
    python benchmarks/serving.py --part whole     one part: whole, idle, farewell, churn

* whole: 50 contracts with 40 ticks a second each, trades and quotes in turn, in real time, to two clients
  of each, with every tick stored. Latency is from the write to the gateway's socket to the client's read; the
  gateway has 2,000 market-data lines, since TWS allows a stream tick by tick for each 20 of them.
* idle: five clients that ask and do not read beside one that does. User space is the server's resident memory
  beyond what it grew by in a time without them, kernel what a connection's queue holds. Then they read.
* farewell: SIGTERM with a thousand streams under plain uvicorn.
* churn: ten thousand clients come and go, 50 at a time; what there is when no stream lingers any more.

The last line is one JSON object with every figure. Exit code 0 says that all was measured, not that the
aims are met.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import report
from benchmarks.report import Aim
from benchmarks.serving_parts import churn, farewell, idle, whole
from market.errors import SetupError

PARTS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "whole": lambda quick: whole.measure(15 if quick else 600),
    "idle": lambda quick: idle.measure(10 if quick else 24),
    "farewell": lambda quick: farewell.measure(1000),
    "churn": lambda quick: churn.measure(1000 if quick else 10_000),
}

AIMS: Sequence[Aim] = (
    ("whole", "delivered", ">=", 1.0),
    ("whole", "stored", ">=", 1.0),
    ("whole", "p99_ms", "<=", 10.0),
    ("whole", "growth_mb", "<=", 16.0),
    ("idle", "user_space_bytes_each", "<=", 1_000_000),
    ("idle", "kernel_bytes_each", "<=", 1_000_000),
    ("idle", "exact", ">=", 5),
    ("farewell", "told", ">=", 1_000),
    ("farewell", "exit_seconds", "<=", 1.0),
    ("churn", "leaks", "<=", 0),
)


def measure(parts: list[str], *, quick: bool) -> report.Results:
    """The figures of so many parts."""
    results: report.Results = {}
    for name in parts:
        print(name, file=sys.stderr, flush=True)
        results[name] = PARTS[name](quick)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run of about a minute and a half")
    parser.add_argument("--part", choices=PARTS, action="append", help="this one alone; may be given again")
    args = parser.parse_args()
    try:
        results = measure(args.part or list(PARTS), quick=args.quick)
    except SetupError as error:
        sys.exit(f"serving: {error}")
    print(report.table(results, AIMS))
    machine: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count(), "quick": args.quick}
    print(
        json.dumps({"benchmark": "serving", **machine, "parts": results, "aims": report.aims(results, AIMS)})
    )


if __name__ == "__main__":
    main()
