"""The store beside its peers: bulk load, size, durable appends, upserts, queries, reading while writing.

ArcticDB, DuckDB's file, SQLite, chDB, Delta Lake and pyarrow's hive layout get the same trades (50 contracts,
20 days) and one-minute bars (200 contracts, a year) in the same order, each in its own best types and layout,
in processes of their own from an environment that is made once. Questions go round: every store answers the
first, then the second, and all answers must be equal. Ours goes through its public interface only; of trades
it is asked for what the others keep (time, ordinal, price, size, and venue and conditions as numbers), of
bars for all that it has.

    python benchmarks/store.py                 20 million of each: a quarter of an hour, 10 GB of disk
    python benchmarks/store.py --rows 2000000  a tenth of it
    python benchmarks/store.py --quick         a minute: the way works; the ratios say little
    python benchmarks/store.py --peers         without ours, to see what the peers do

`truetick` and the peers sync every append; `truetick-50ms` promises that 50 ms later, which is its default.
`arcticdb-one` keeps all contracts in one symbol, which is its fastest way to append.

The last line is one JSON object with every figure. Exit code 0 says that all was measured and every answer
was right, not that the aims are met.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import peers
from benchmarks.store_parts import data, phases, report
from benchmarks.store_parts.turn import Broken
from market.errors import SetupError

STORES = ("truetick", "duckdb", "arcticdb", "sqlite", "chdb", "deltalake", "pyarrow hive")
APPENDING = ("bare file", "truetick", "truetick-50ms", "duckdb", "arcticdb-one", *STORES[3:])
UPSERTING = STORES[:-1]
LIVE = ("truetick", "truetick-50ms", "arcticdb-one", *STORES[3:], "duckdb")
ROWS, QUICK_ROWS = 20_000_000, 200_000


def plan_of(args: argparse.Namespace, folder: Path) -> phases.Plan:
    """How much is measured, from the command line."""
    rows = args.rows or (QUICK_ROWS if args.quick else ROWS)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if args.quick:
        return phases.Plan(data.Market(rows), folder, 1, 5, 3, 3, 20, 1.0, 50_000, say)
    return phases.Plan(data.Market(rows), folder, 2, 25, 10, 12, 400, 10.0, 1_000_000, say)


def measure(plan: phases.Plan, ours: bool) -> dict[str, Any]:
    """The whole benchmark as one object."""
    peers.python_of("store")
    plan.data.mkdir()
    data.write(plan.market, plan.data)

    def those(sides: tuple[str, ...]) -> list[str]:
        return [side for side in sides if ours or not side.startswith(report.OURS)]

    stores: dict[str, dict[str, Any]] = defaultdict(dict)
    for phase, sides in (
        (phases.bulk, STORES),
        (phases.queries, STORES),
        (phases.memory, STORES),
        (phases.upserts, UPSERTING),
        (phases.appends, APPENDING),
    ):
        for side, found in phase(plan, those(sides)).items():
            stores[side] |= found
    shutil.rmtree(plan.loaded)
    for side, figures in phases.live(plan, those(LIVE)).items():
        stores[side]["live"] = figures
    alone = {"opening": phases.opening(plan), "bus": phases.bus(plan)} if ours else {}
    if ours:
        stores[report.OURS]["open"] = alone["opening"]["open"]
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    amount = {"benchmark": "store", "rows": plan.market.rows, "bar_days": plan.market.bar_days}
    return amount | machine | {"stores": stores, "aims": report.aims(stores)} | alone


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run under a minute")
    parser.add_argument("--rows", type=int, help=f"trades, and about as many bars ({ROWS:,})")
    parser.add_argument("--peers", action="store_true", help="without ours")
    parser.add_argument(
        "--folder", type=Path, help="where the disk to measure is (default: beside this file)"
    )
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=".store-", dir=args.folder or Path(__file__).parents[1]))
    try:
        result = measure(plan_of(args, folder), not args.peers)
    except (SetupError, Broken, phases.WrongAnswer) as error:
        sys.exit(f"store: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(report.table(result))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
