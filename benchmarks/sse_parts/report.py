"""Aims, and the table for people."""

from collections.abc import Sequence
from typing import Any

from benchmarks import report
from benchmarks.report import Aim, Sign

Results = dict[str, dict[str, dict[str, Any]]]
"""By load, by side."""

BESIDE: Sequence[tuple[str, str, str, Sign, float]] = (
    # load, figure, peer, smallest or largest ratio of ours to the peer's
    ("one in flight", "events_per_second", "sse-starlette", ">=", 4.0),
    ("one in flight", "events_per_second", "nchan", ">=", 1.2),
    ("1,000/s to 200", "us_per_event", "nchan", "<=", 0.4),
    ("1,000/s to 200", "us_per_event", "sse-starlette", "<=", 0.1),
)
ALONE: Sequence[Aim] = (
    ("1,000/s to 200", "delivered", ">=", 1.0),
    ("1,000/s to 200", "p99_ms", "<=", 10),
    ("5,000/s to 200", "delivered", ">=", 1.0),
    ("5,000/s to 200", "cores", "<=", 0.6),
    ("5,000/s to 200", "p99_ms", "<=", 15),
    ("100/s to 1,000", "delivered", ">=", 1.0),
    ("100/s to 1,000", "p99_ms", "<=", 20),
    ("50 x 40/s to 20", "p99_ms", "<=", 2),
)
COLUMNS = ("events_per_second", "delivered", "cores", "us_per_event", "p50_ms", "p99_ms", "client_cores")


def aims(results: Results) -> list[dict[str, Any]]:
    """Each aim whose figures were measured, with what came out and whether it is met.

    >>> aims({"1,000/s to 200": {"truetick": {"p99_ms": 12.0}}})
    [{'aim': '1,000/s to 200: p99_ms <= 10', 'value': 12.0, 'met': False}]
    """
    found = []
    for load, figure, peer, sign, bound in BESIDE:
        ours, other = (results.get(load, {}).get(side, {}).get(figure) for side in ("truetick", peer))
        if ours and other:
            found.append(
                report.judged(f"{load}: {figure} {sign} {bound} of {peer}", ours / other, sign, bound)
            )
    ours_alone = {load: sides.get("truetick", {}) for load, sides in results.items()}
    return found + report.aims(ours_alone, ALONE)


def table(results: Results) -> str:
    """Loads with a line for each side, then the aims."""
    found = list[str]()
    for load, sides in results.items():
        found += ["", f"{load:20}" + "".join(f"{name:>19}" for name in COLUMNS)]
        found += [f"  {side:18}{_figures(figures)}" for side, figures in sides.items()]
    return "\n".join([*found, "", *report.lines(aims(results))])


def _figures(figures: dict[str, Any]) -> str:
    if "failed" in figures:
        return f"  {figures['failed']}"
    return "".join(f"{figures[name]:>19,}" for name in COLUMNS)
