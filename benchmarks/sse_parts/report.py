"""Aims, and the table for people."""

from typing import Any

Results = dict[str, dict[str, dict[str, Any]]]
"""By load, by side."""

BESIDE = (
    # load, figure, peer, smallest or largest ratio of ours to the peer's
    ("one in flight", "events_per_second", "sse-starlette", ">=", 4.0),
    ("one in flight", "events_per_second", "nchan", ">=", 1.2),
    ("1,000/s to 200", "us_per_event", "nchan", "<=", 0.4),
    ("1,000/s to 200", "us_per_event", "sse-starlette", "<=", 0.1),
)
ALONE = (
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
            found.append(_aim(f"{load}: {figure} {sign} {bound} of {peer}", ours / other, sign, bound))
    for load, figure, sign, bound in ALONE:
        value = results.get(load, {}).get("truetick", {}).get(figure)
        if value is not None:
            found.append(_aim(f"{load}: {figure} {sign} {bound}", value, sign, bound))
    return found


def _aim(text: str, value: float, sign: str, bound: float) -> dict[str, Any]:
    return {"aim": text, "value": round(value, 3), "met": value >= bound if sign == ">=" else value <= bound}


def table(results: Results) -> str:
    """Loads with a line for each side, then the aims."""
    lines = []
    for load, sides in results.items():
        lines += ["", f"{load:20}" + "".join(f"{name:>19}" for name in COLUMNS)]
        lines += [f"  {side:18}{_figures(figures)}" for side, figures in sides.items()]
    lines.append("")
    for aim in aims(results):
        lines.append(f"{'met    ' if aim['met'] else 'NOT MET'} {aim['aim']}: {aim['value']:g}")
    return "\n".join(lines)


def _figures(figures: dict[str, Any]) -> str:
    if "failed" in figures:
        return f"  {figures['failed']}"
    return "".join(f"{figures[name]:>19,}" for name in COLUMNS)
