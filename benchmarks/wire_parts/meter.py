"""What every client side shares: its arguments, the clock of a run, and the line it prints at the end."""

import argparse
import contextlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Sequence

# A collapsed client is cut off here; its rate so far is what counts.
LIMIT = 30.0
# Seconds within which the sender must have welcomed a client.
WELCOME = 10
# So few that no quota or throttle of any client stands in the way.
INSTRUMENTS = 3
# The first tenth warms caches and buffers up and is left out.
WARM_UP = 10


class Meter:
    """Times one run of `total` messages and tells what the last one held."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.values: list[float] = []
        self.latencies: list[int] = []
        self.done = threading.Event()
        self._cpu = self._ended = 0.0

    def go(self) -> None:
        """To be called right before the sender is told to go."""
        self._cpu = time.process_time()

    def finish(self, *values: float) -> None:
        """The last message is there, with these values."""
        self._ended = time.monotonic_ns()
        self._cpu = time.process_time() - self._cpu
        self.values = [float(value) for value in values]
        self.done.set()

    def report(self, count: int) -> dict[str, object]:
        """The figures of a run in which `count` messages were delivered."""
        if not self.done.is_set():
            self.finish()
        latencies = sorted(self.latencies[len(self.latencies) // WARM_UP :])
        return {
            "count": count,
            "ended": self._ended,
            "cpu": self._cpu,
            "values": self.values,
            "latency_us": {
                f"p{share}": round(percentile(latencies, share) / 1e3, 1) for share in (50, 99) if latencies
            },
        }

    def report_and_exit(self, count: int) -> None:
        """Print the figures and end at once: a collapsed client's threads may hang on to the backlog."""
        print(json.dumps(self.report(count)), flush=True)
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(0)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of all do not exceed (nearest rank).

    >>> percentile([1, 2, 3, 4], 50), percentile([1, 2, 3, 4], 99)
    (2, 4)
    """
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def arguments() -> argparse.Namespace:
    """The command line of a client side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", help="which form of the client")
    parser.add_argument("port", type=int)
    parser.add_argument("kind")
    parser.add_argument("total", type=int)
    parser.add_argument("--latency", action="store_true", help="the price is the sender's clock")
    return parser.parse_args()
