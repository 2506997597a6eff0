"""The simulated gateway's speed: what one core of it feeds to a client that keeps up.

The gateway runs in a process of its own and is measured by that process's CPU time; the client reads and
counts frames. Two cores are enough.

    python benchmarks/sim.py            about five minutes
    python benchmarks/sim.py --quick    under a minute

* flood: 100 tick-by-tick subscriptions, and 100 market-data lines, of a busy market, time running as fast as
  the client reads. Trades and quotes are generated, written and sent within the measured time.
* steady: 100 tick-by-tick subscriptions with 100 ticks a second each, in real time; the full run has a minute
  in which the next minute's ticks are made.
* week: streams of the natural market over a simulated week; memory at the end of each day. Growth is that of
  the last three: until then what is kept of the market, which is bounded, fills.
* bars: a day of 1-minute bars for 50 requests, the first ones of each contract made from nothing.

The last line is one JSON object with every figure. Exit code 0 says that all was measured, not that the
aims are met.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.sim_parts.client import KINDS, Client, Listing, Process, gateway, request
from market.times import DAY, MINUTE

SUBSCRIPTIONS = 100
PATIENCE = 80
# Of the market's first contracts: an ADR; NVDA, IBM, that ADR and SPY.
QUIET, BUSIER = slice(6, 7), slice(4, 8)
AIMS = {
    "flood_ticks_per_core_second": 300_000,
    "steady_share_of_core": 0.20,
    "week_growth_mb": 16,
    "bars_core_seconds": 1.0,
}
Figures = dict[str, Any]
Subscribe = Callable[[Client, Sequence[Listing]], None]


def ticks(client: Client, listings: Sequence[Listing], count: int = SUBSCRIPTIONS) -> None:
    """Subscribe to `count` tick-by-tick streams, each kind of every contract in turn."""
    streams = [
        (each, kind, ignore_size)
        for kind, ignore_size in KINDS
        for each in listings
        if each[2] or kind in ("BidAsk", "MidPoint")
    ]
    for i in range(count):
        each, kind, ignore_size = streams[i % len(streams)]
        client.send(request(97, 1_000 + i, *client.contract(each), kind, 0, ignore_size))


def lines(client: Client, listings: Sequence[Listing], count: int = SUBSCRIPTIONS) -> None:
    """Subscribe to `count` market-data lines."""
    for i in range(count):
        each = listings[i % len(listings)]
        client.send(request(1, 11, 3_000 + i, *client.contract(each), 0, "", 0, 0, ""))


def rate(process: Process, client: Client, minutes: float, warm_up: float) -> Figures:
    """What comes in so many of the gateway's minutes, after those of warming up; both within `PATIENCE`."""
    first = process.usage()["now"]
    before = _after(process, client, first + warm_up * MINUTE)
    count, began = client.messages, time.monotonic()
    after = _after(process, client, before["now"] + minutes * MINUTE)
    took = time.monotonic() - began
    cpu, messages = after["cpu"] - before["cpu"], client.messages - count
    return {
        "messages": messages,
        "per_core_second": round(messages / cpu),
        "per_second": round(messages / took),
        "cpu_us": round(cpu / messages * 1e6, 2),
        "share_of_core": round(cpu / took, 3),
        "per_subscription": round(messages / SUBSCRIPTIONS / ((after["now"] - before["now"]) / 1e9), 1),
    }


def _after(process: Process, client: Client, when: float) -> dict[str, float]:
    """Read on until the gateway's time is `when`."""
    end = time.monotonic() + PATIENCE
    while (used := process.usage())["now"] < when and time.monotonic() < end:
        client.read_until(lambda: False, 0.05)
    return used


def flood(subscribe: Subscribe, minutes: float) -> Figures:
    """As many messages as it can, in whole minutes of the market, since a minute's ticks are made at once."""
    with gateway("--busy", "100", "--speed", "max") as (process, client):
        subscribe(client, process.listings)
        return rate(process, client, minutes, 1)


def steady(minutes: float) -> Figures:
    """Real time, 100 subscriptions at 100 ticks a second."""
    with gateway("--busy", "120") as (process, client):
        ticks(client, process.listings)
        return rate(process, client, minutes, 0.1)


def week(symbols: slice, limit: float) -> Figures:
    """Ticks, lines and 5-second bars of some natural markets for seven simulated days."""
    with gateway("--speed", "max", "--start", "2026-01-05T13:00") as (process, client):
        chosen = process.listings[symbols]
        contracts = len(chosen)
        ticks(client, chosen, 2 * contracts)
        lines(client, chosen, contracts)
        for i, each in enumerate(chosen):
            client.send(request(50, 3, 5_000 + i, *client.contract(each), 5, "TRADES", 0, ""))
        began = time.monotonic()
        first = process.usage()
        memory: list[float] = []
        while len(memory) < 7 and time.monotonic() - began < limit:
            client.read_until(lambda: False, 0.2)
            used = process.usage()
            if used["now"] >= first["now"] + DAY * (len(memory) + 1):
                memory.append(round(used["memory"] / 1e6, 1))
        return {
            "contracts": contracts,
            "messages": client.messages,
            "seconds": round(time.monotonic() - began, 1),
            "memory_mb_by_day": memory,
            "growth_mb": round(memory[-1] - memory[3], 1) if len(memory) == 7 else None,
        }


def bars(requests: int = 50) -> Figures:
    """A day of 1-minute bars, all hours, contract after contract."""
    with gateway("--start", "2026-01-09T23:00") as (process, client):
        traded = [each for each in process.listings if each[2]]
        client.read_until(lambda: False, 0.3)
        before, count, size, began = process.usage(), client.messages, client.bytes, time.monotonic()
        for i in range(requests):
            contract = client.contract(traded[i % len(traded)])
            what = ("20260109-23:00:00", "1 min", "1 D", 0, "TRADES", 1, 0, "")
            client.send(request(20, 7_000 + i, *contract, 0, *what))
        client.read_until(lambda: client.messages >= count + 2 * requests)
        took = time.monotonic() - began
        return {
            "requests": requests,
            "answers": (client.messages - count) // 2,
            "bytes": client.bytes - size,
            "seconds": round(took, 3),
            "cpu": round(process.usage()["cpu"] - before["cpu"], 3),
        }


def measure(*, quick: bool) -> Figures:
    """The whole benchmark as one object."""
    parts: Figures = {}
    runs: dict[str, Callable[[], Figures]] = {
        "flood_ticks": lambda: flood(ticks, 2 if quick else 10),
        "flood_lines": lambda: flood(lines, 0.5 if quick else 3),
        "steady": lambda: steady(0.1 if quick else 1),
        "bars": bars,
        "week": lambda: week(QUIET if quick else BUSIER, 30 if quick else 240),
    }
    for name, run in runs.items():
        parts[name] = run()
        print(name, parts[name], file=sys.stderr, flush=True)
    return {
        "benchmark": "sim",
        "quick": quick,
        "python": platform.python_version(),
        "machine": platform.machine(),
        **parts,
        "aims": aims(parts),
    }


def aims(parts: Figures) -> list[Figures]:
    """Every aim with what was reached."""
    growth = parts["week"]["growth_mb"]
    reached = {
        "flood_ticks_per_core_second": parts["flood_ticks"]["per_core_second"],
        "steady_share_of_core": parts["steady"]["share_of_core"],
        "week_growth_mb": growth,
        "bars_core_seconds": parts["bars"]["cpu"],
    }
    met = {
        name: value is not None and (value >= AIMS[name] if name.startswith("flood") else value <= AIMS[name])
        for name, value in reached.items()
    }
    return [
        {"what": name, "reached": value, "aim": AIMS[name], "met": met[name]}
        for name, value in reached.items()
    ]


def table(result: Figures) -> str:
    """The figures as people read them."""
    rows = [f"{'':<14}{'messages/s of core':>20}{'µs/message':>12}{'core used':>11}{'per stream':>12}"]
    for name in ("flood_ticks", "flood_lines", "steady"):
        each = result[name]
        rows.append(
            f"{name:<14}{each['per_core_second']:>20,}{each['cpu_us']:>12}"
            f"{each['share_of_core']:>11.1%}{each['per_subscription']:>12,}"
        )
    rows.append(f"bars: {result['bars']}")
    rows.append(f"week: {result['week']}")
    rows += [
        f"{aim['what']:<30}{aim['reached']!s:>12}{aim['aim']:>12,}  {'met' if aim['met'] else 'MISSED'}"
        for aim in result["aims"]
    ]
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run under a minute")
    result = measure(quick=parser.parse_args().quick)
    print(table(result))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
