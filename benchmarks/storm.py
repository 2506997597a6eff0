"""The storm: a simulated trading day on which everything goes wrong that can, and what is stored at its end.

Gateway and client are a process each; their one time moves on as fast as both can work, so that limits of
seconds mean what they mean at a desk. A script of faults comes from the seed. At the end the store is
compared with the gateway's own record of what there was, the client's requests with IB's published limits.

    python benchmarks/storm.py                    ten seeds of each feed: an hour or more, by machine
    python benchmarks/storm.py --seed 3 --feed tws
    python benchmarks/storm.py --quick            a short day of each feed, under a minute

The last line is one JSON object with every figure. Exit code 0 says that all was measured, 1 that something
of what is promised was not kept.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.storm_parts import report
from benchmarks.storm_parts.turn import Broken, Day, take
from market.source import Feed

SEEDS = range(1, 11)
LIMIT = 3_600.0
"""Seconds that one day may take."""

QUICK_HOURS, QUICK_FAULTS = 0.3, 16


def days(args: argparse.Namespace) -> list[Day]:
    """What is to be run."""
    feeds: list[Feed] = [args.feed] if args.feed else ["consistent", "tws"]
    seeds = [args.seed] if args.seed is not None else [1] if args.quick else SEEDS
    hours = args.hours or (QUICK_HOURS if args.quick else 6.5)
    faults = args.faults if args.faults is not None else QUICK_FAULTS if args.quick else 220
    return [Day(seed, feed, hours, faults, args.speed, args.stop) for seed in seeds for feed in feeds]


def run(day: Day, keep: Path | None, log: str) -> dict[str, Any]:
    """One day's figures; its files stay below `keep`, if given."""
    folder = Path(tempfile.mkdtemp(prefix="storm-", dir=keep))
    began = time.monotonic()
    try:
        seen = take(day, folder, LIMIT, log)
        ran = time.monotonic() - began
        return report.figures(day, folder, seen) | {"seconds": round(ran, 1), "folder": str(folder)}
    except Broken as problem:
        print(f"{problem} ({folder})", file=sys.stderr)
        return {"seed": day.seed, "feed": day.feed, "broken": str(problem), "kept": False}
    finally:
        if keep is None:
            shutil.rmtree(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a short day of each feed")
    parser.add_argument("--seed", type=int, help="this seed only")
    parser.add_argument("--feed", choices=["consistent", "tws"], help="this feed only")
    parser.add_argument("--hours", type=float, help="length of the day (6.5)")
    parser.add_argument(
        "--stop", type=float, help="end the day after so many hours, to look into a part of it"
    )
    parser.add_argument("--faults", type=int, help="how many (220)")
    parser.add_argument(
        "--speed", type=float, default=1_000.0, help="at most so many times as fast as real time (1000)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="days at once (one a processor)"
    )
    parser.add_argument("--keep", type=Path, help="leave each day's files below this folder")
    parser.add_argument("--log", default="ERROR", help="the client's log level (ERROR)")
    args = parser.parse_args(arguments)
    results = []
    # Gateway and client of a day take turns, so that a day keeps one processor busy.
    with ThreadPoolExecutor(args.jobs) as pool:
        for result in pool.map(lambda day: run(day, args.keep, args.log), days(args)):
            results.append(result)
            print(report.lines(result), file=sys.stderr, flush=True)
    print(report.table(results))
    kept = all(each["kept"] for each in results)
    whole = {"benchmark": "storm", "python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps(whole | {"kept": kept, "days": results}))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
