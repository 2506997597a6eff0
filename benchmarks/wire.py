"""Messages per second from socket to callback and to event, and latency, beside the other clients.

A sender in a process of its own speaks TWS's protocol and sends what a client has asked for, as fast as it
is taken, or at a steady pace for latency. Each measurement has a fresh sender and a fresh client; the sides
take turns, one pair at a time, so that they meet the same machine. Two cores are enough.

    python benchmarks/wire.py            about ten minutes
    python benchmarks/wire.py --quick    under a minute, less sure of the extremes

The last line is one JSON object with every figure. IB's own client is fast or collapses, by chance, when
much arrives at once: both its best and its worst run are given. Exit code 0 says that all was measured, not
that the aims are met.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import peers
from benchmarks.wire_parts import report
from benchmarks.wire_parts.messages import KINDS
from benchmarks.wire_parts.turn import Run, Side, WrongDelivery, take
from market.errors import SetupError

SIDES = (
    Side(report.CALLBACK, None, "our_client", "callback", 200),
    Side(report.EVENT, None, "our_client", "event", 200),
    Side(report.ON_LOOP, None, "our_client", "loop", 200),
    Side(report.IBAPI[0], "ibapi-9.81", "ibapi_client", "callback", 157),
    Side(report.IBAPI[1], "ibapi-10.46", "ibapi_client", "callback", 200),
    Side(report.CLIENT, "ib_async-2.1", "ib_async_client", "client", 178),
    Side(report.FULL, "ib_async-2.1", "ib_async_client", "full", 178),
)
HISTORY_BARS = 100_000
PACE = 5_000

# A short burst shows a client at its best, a long one lets a backlog build up.
BURSTS, QUICK_BURSTS = (50_000, 200_000, 50_000, 200_000), (30_000,)
LATENCY_RUNS, LATENCY_MESSAGES = 7, 10_000
QUICK_LATENCY_RUNS, QUICK_LATENCY_MESSAGES = 3, 2_000

Say = Callable[[str], None]


def bursts(sizes: Sequence[int], say: Say) -> dict[str, dict[str, list[Run]]]:
    """Every side, every kind, once for each of the burst `sizes`; a history has one size."""
    runs: dict[str, dict[str, list[Run]]] = {side.name: {kind: [] for kind in KINDS} for side in SIDES}
    for size in sizes:
        for kind in KINDS:
            total = HISTORY_BARS if kind == "history" else size
            for side in SIDES:
                run = take(side, kind, total)
                runs[side.name][kind].append(run)
                say(f"{kind:<11}{total:>8,}  {side.name:<18}{run.rate:>12,.0f}/s{run.cpu_us:>9.2f} µs")
    return runs


def steady(count: int, total: int, say: Say) -> dict[str, list[Run]]:
    """Every side at the steady pace, `count` times with `total` messages."""
    runs: dict[str, list[Run]] = {side.name: [] for side in SIDES}
    for _ in range(count):
        for side in SIDES:
            run = take(side, "last", total, PACE)
            runs[side.name].append(run)
            say(f"latency  {side.name:<18} p50 {run.p50_us} µs, p99 {run.p99_us} µs")
    return runs


def measure(*, quick: bool, say: Say) -> dict[str, object]:
    """The whole benchmark as one object."""
    for side in SIDES:
        if side.peer:
            peers.python_of(side.peer)
    figures = report.rates(bursts(QUICK_BURSTS if quick else BURSTS, say))
    late = report.latencies(
        steady(QUICK_LATENCY_RUNS, QUICK_LATENCY_MESSAGES, say)
        if quick
        else steady(LATENCY_RUNS, LATENCY_MESSAGES, say)
    )
    return {
        "benchmark": "wire",
        "quick": quick,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "pace": PACE,
        "history_bars": HISTORY_BARS,
        "rates": figures,
        "latency": late,
        "aims": report.aims(figures, late),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run under a minute")
    args = parser.parse_args()
    try:
        result = measure(quick=args.quick, say=lambda text: print(text, file=sys.stderr, flush=True))
    except (SetupError, WrongDelivery) as error:
        sys.exit(f"wire: {error}")
    print(report.table(result))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
