"""Aims, and the table for people."""

from typing import Any

Results = dict[str, dict[str, Any]]
"""Figures by part."""

AIMS = (
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


def aims(results: Results) -> list[dict[str, Any]]:
    """Each aim whose figure was measured, with what came out and whether it is met.

    >>> aims({"farewell": {"exit_seconds": 1.5}})
    [{'aim': 'farewell: exit_seconds <= 1', 'value': 1.5, 'met': False}]
    """
    found = []
    for part, figure, sign, bound in AIMS:
        value = results.get(part, {}).get(figure)
        if value is not None:
            met = value >= bound if sign == ">=" else value <= bound
            found.append({"aim": f"{part}: {figure} {sign} {bound:g}", "value": value, "met": met})
    return found


def table(results: Results) -> str:
    """A line for each figure, part by part, then the aims."""
    lines = []
    for part, figures in results.items():
        lines += ["", part, *(f"  {name:24}{_shown(value)}" for name, value in figures.items())]
    lines.append("")
    for aim in aims(results):
        lines.append(f"{'met    ' if aim['met'] else 'NOT MET'} {aim['aim']}: {aim['value']:g}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each:g}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(f"{each:g}" for each in value)
    return f"{value:,}"
