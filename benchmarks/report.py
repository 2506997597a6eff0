"""What a benchmark measured, held against its aims, and the table for people."""

from collections.abc import Sequence
from typing import Any, Literal

Results = dict[str, dict[str, Any]]
"""Figures by part."""

Sign = Literal[">=", "<="]
Aim = tuple[str, str, Sign, float]
"""A part, one of its figures, and the bound that it has to keep."""


def aims(results: Results, bounds: Sequence[Aim]) -> list[dict[str, Any]]:
    """Each aim whose figure was measured, with what came out and whether it is met.

    >>> aims({"farewell": {"exit_seconds": 1.5}}, [("farewell", "exit_seconds", "<=", 1.0)])
    [{'aim': 'farewell: exit_seconds <= 1', 'value': 1.5, 'met': False}]
    """
    return [
        judged(f"{part}: {figure} {sign} {bound:g}", value, sign, bound)
        for part, figure, sign, bound in bounds
        if (value := results.get(part, {}).get(figure)) is not None
    ]


def judged(text: str, value: float, sign: Sign, bound: float) -> dict[str, Any]:
    """One aim in words, what came out, and whether that is met."""
    return {"aim": text, "value": round(value, 3), "met": value >= bound if sign == ">=" else value <= bound}


def lines(judgements: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each aim that was judged."""
    return [
        f"{'met    ' if each['met'] else 'NOT MET'} {each['aim']}: {each['value']:g}" for each in judgements
    ]


def table(results: Results, bounds: Sequence[Aim]) -> str:
    """A line for each figure, part by part, then the aims."""
    found = list[str]()
    for part, figures in results.items():
        found += ["", part, *(f"  {name:24}{_shown(value):>20}" for name, value in figures.items())]
    return "\n".join([*found, "", *lines(aims(results, bounds))])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each:g}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(f"{each:g}" for each in value)
    return f"{value:,}"
