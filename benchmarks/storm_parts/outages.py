"""How long streams were away, and how long after its cause was over each came back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from market.times import SECOND

Row = Mapping[str, Any]
Outage = tuple[int, int]

INTERRUPTING = frozenset(
    {
        *("cut", "refused", "silent", "half_open", "port_changed", "restart", "truncated", "garbage"),
        *("offline", "server_broken", "farm_broken", "competing", "greedy_client"),
        *("stalled", "halted", "unentitled"),
    }
)


def outages(changes: Iterable[Sequence[Any]]) -> list[Outage]:
    """From when a stream broke off to when it was live again; `changes` are [now, contract, kind, source,
    state, time, reason]."""
    broken: dict[tuple[Any, ...], int] = {}
    found = []
    for now, contract, kind, source, state, *_ in changes:
        key = contract, kind, source == "l1"
        if state == "live":
            if key in broken:
                found.append((broken.pop(key), now))
        elif state in ("interrupted", "paused"):
            broken.setdefault(key, now)
    return found


def causes(incidents: Iterable[Row]) -> list[Outage]:
    """When each fault that can interrupt a stream began and ended."""
    begun: dict[tuple[str, str], list[int]] = {}
    found = []
    for row in incidents:
        key = row["fault"], row["arguments"]
        if row["fault"] not in INTERRUPTING:
            continue
        if row["phase"] == "begin":
            begun.setdefault(key, []).append(row["time"])
        elif begun.get(key):
            found.append((begun[key].pop(0), row["time"]))
    return sorted([*found, *((each, each) for rest in begun.values() for each in rest)])


def recoveries(changes: Iterable[Sequence[Any]], incidents: Iterable[Row]) -> dict[str, float]:
    """Seconds: the longest outage, and the time from the end of the last cause to live, p50 and p99."""
    found, faults = outages(changes), causes(incidents)
    lengths = sorted((end - begin) / SECOND for begin, end in found)
    after = sorted((end - _over(begin, end, faults)) / SECOND for begin, end in found)
    return {
        "outages": len(found),
        "longest": round(lengths[-1], 1) if lengths else 0.0,
        "p50": round(_share(after, 0.5), 1),
        "p99": round(_share(after, 0.99), 1),
    }


def _over(begin: int, end: int, faults: Iterable[Outage]) -> int:
    """When the last fault that fell into the outage was over; the outage's begin, where there is none."""
    return max(
        (min(last, end) for first, last in faults if first <= end and begin <= last <= end), default=begin
    )


def _share(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
