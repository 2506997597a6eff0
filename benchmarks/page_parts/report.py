"""Aims, and the table for people."""

from typing import Any

Results = dict[str, dict[str, Any]]
"""By part: first paint, load, heap, surface."""

AIMS = (
    ("load", "fps", ">=", 50.0),
    ("load", "p99_ms", "<=", 30.0),
    ("load", "received_per_second", ">=", 4900.0),
    ("first paint", "ms", "<=", 500.0),
    ("heap", "grown_mb", "<=", 2.0),
    ("surface", "over_floor_ms", "<=", 1.0),
)


def aims(results: Results) -> list[dict[str, Any]]:
    """Each aim whose figure was measured, with what came out and whether it is met.

    >>> aims({"load": {"fps": 48.0}})
    [{'aim': 'load: fps >= 50', 'value': 48.0, 'met': False}]
    """
    found = []
    for part, figure, sign, bound in AIMS:
        value = results.get(part, {}).get(figure)
        if value is not None:
            met = value >= bound if sign == ">=" else value <= bound
            found.append({"aim": f"{part}: {figure} {sign} {bound:g}", "value": value, "met": met})
    return found


def table(results: Results) -> str:
    """A line for each figure, then the aims."""
    lines = []
    for part, figures in results.items():
        lines += ["", part, *(f"  {name:24}{_shown(value):>20}" for name, value in figures.items())]
    lines.append("")
    for aim in aims(results):
        lines.append(f"{'met    ' if aim['met'] else 'NOT MET'} {aim['aim']}: {aim['value']:g}")
    return "\n".join(lines)


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else f"{value:,}"
