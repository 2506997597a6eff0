"""Plots as SVG text: lines, bars with intervals, nothing that has to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from ai.meta import Floats

WIDTH, HEIGHT, LEFT, BOTTOM = 760, 260, 64, 34
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#8250df", "#9a6700")
_MOST_POINTS = 600


@dataclass(frozen=True)
class Line:
    """One curve of a plot; `values` are spread evenly over the width."""

    name: str
    values: Floats


def line_plot(title: str, lines: Sequence[Line], level: float | None = None) -> str:
    """Curves over the tested rows; `level` is drawn dashed."""
    known = np.concatenate([each.values[np.isfinite(each.values)] for each in lines])
    low, high = _range(known, level)
    parts = [_axis(low, high)]
    if level is not None:
        y = _y(level, low, high)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH}" stroke="#888" stroke-dasharray="4 4"/>')
    for number, each in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(
            f'<path d="{_path(each.values, low, high)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        )
        parts.append(_label(each.name, colour, number))
    return _figure(title, parts)


@dataclass(frozen=True)
class Bar:
    """A value with its interval."""

    name: str
    value: float
    low: float
    high: float


def bar_plot(title: str, bars: Sequence[Bar]) -> str:
    """Values from 0, each with its interval."""
    ends = np.array([[each.value, each.low, each.high] for each in bars])
    low, high = _range(ends[np.isfinite(ends)], 0.0)
    step = (WIDTH - LEFT) / max(1, len(bars))
    parts = [_axis(low, high)]
    for number, each in enumerate(bars):
        x, zero = LEFT + step * (number + 0.5), _y(0.0, low, high)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(each.name)}</text>')
        if not np.isfinite(ends[number]).all():
            continue
        y, top, bottom = (_y(value, low, high) for value in (each.value, each.high, each.low))
        colour = COLOURS[0] if each.low > 0 else "#8c959f"
        parts.append(
            f'<rect x="{x - step / 4:.1f}" y="{min(y, zero):.1f}" width="{step / 2:.1f}" '
            f'height="{abs(y - zero):.1f}" fill="{colour}"/>'
            f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="#111" stroke-width="1.5"/>'
        )
    return _figure(title, parts)


def _range(values: Floats, also: float | None) -> tuple[float, float]:
    values = np.append(values, [] if also is None else [also])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    more = 0.05 * (high - low) or 1.0
    return low - more, high + more


def _y(value: float, low: float, high: float) -> float:
    return (HEIGHT - BOTTOM) * (1 - (value - low) / (high - low)) + 4


def _path(values: Floats, low: float, high: float) -> str:
    """At most `_MOST_POINTS` points; where a value is missing the line is interrupted."""
    rows = np.unique(np.linspace(0, len(values) - 1, _MOST_POINTS).astype(int))
    step, text, draw = (WIDTH - LEFT) / max(1, len(values) - 1), [], "M"
    for row in rows:
        if np.isfinite(values[row]):
            text.append(f"{draw}{LEFT + row * step:.1f} {_y(float(values[row]), low, high):.1f}")
        draw = "L" if np.isfinite(values[row]) else "M"
    return "".join(text)


def _axis(low: float, high: float) -> str:
    ticks = []
    for value in np.linspace(low, high, 5)[1:-1]:
        y = _y(float(value), low, high)
        ticks.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    return "".join(ticks)


def _label(name: str, colour: str, number: int) -> str:
    return f'<text x="{LEFT + 10 + 150 * number}" y="{HEIGHT - 10}" fill="{colour}">{escape(name)}</text>'


def _figure(title: str, parts: Sequence[str]) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg></figure>'
    )
