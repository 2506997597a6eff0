"""The report as one HTML page that asks nothing of the net."""

from collections.abc import Sequence
from html import escape

import msgspec
import numpy as np

from ai.baselines.units import CLOSE
from ai.champions import volatility
from ai.conformal import calibrated
from ai.evaluation.scorecard import Report
from ai.evaluation.walk import SERVED, Walked
from ai.meta import Floats
from ai.report.svg import Bar, Line, bar_plot, line_plot
from ai.report.terminal import figure, lines
from market.times import iso

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } tr:nth-child(even) { background: #8881; }
figure { margin: 1.5rem 0; } pre { overflow: auto; }
svg { width: 100%; background: #fff; font: 11px sans-serif; }
.verdict { font-size: 1.15rem; border-left: .3rem solid #1f6feb; padding-left: .8rem; }
"""
_WINDOW = 250
_SHOWN = 200


def page(report: Report, tested: Walked) -> str:
    """All of it as HTML."""
    name = f"{report.meta.symbol} {report.meta.size}"
    body = [
        f"<h1>{escape(name)}: what can be known of the next bar</h1>",
        f'<p class="verdict">{escape(report.verdict)}</p>',
        f"<p>{report.bars} bars from {iso(report.first)} to {iso(report.last)}; {report.tested} tested in "
        f"{report.folds} folds.</p>",
        _targets(report),
        *_skills(report),
        _intervals(report),
        *_curves(report, tested),
        *(f"<p>{escape(line)}</p>" for line in lines(report)),
        f"<h2>Model card</h2><pre>{escape(as_json(report))}</pre>",
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def as_json(report: Report) -> str:
    """Everything as indented JSON; a figure that does not exist is null."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _targets(report: Report) -> str:
    head = (
        "target",
        "served (folds)",
        "skill against persistence",
        "p",
        "best simple",
        "skill against it",
        "p",
    )
    rows = [
        (
            each.target,
            ", ".join(f"{name} {count}" for name, count in each.served.items()),
            figure(each.against_persistence),
            f"{each.against_persistence.probability:.2g}",
            each.against_simple.other,
            figure(each.against_simple),
            f"{each.against_simple.probability:.2g}",
        )
        for each in report.targets
    ]
    return _table(head, rows)


def _intervals(report: Report) -> str:
    head = ("90 % interval", "covered", "wildest fifth", "Kupiec p", "Christoffersen p", "width")
    rows = [
        (
            each.target,
            f"{each.coverage.share.value:.3f}",
            f"{each.coverage.wild.value:.3f}",
            f"{each.coverage.kupiec:.2g}",
            f"{each.coverage.christoffersen:.2g}",
            f"{each.coverage.width:.3g}",
        )
        for each in report.intervals
    ]
    return _table(head, rows)


def _skills(report: Report) -> list[str]:
    against = {
        "Skill against the last value": [each.against_persistence for each in report.targets],
        "Skill against the best simple baseline": [each.against_simple for each in report.targets],
    }
    names = [each.target for each in report.targets]
    return [
        bar_plot(
            f"{title}, with 95 % intervals; 0 is no better",
            [Bar(name, each.value, each.low, each.high) for name, each in zip(names, skills, strict=True)],
        )
        for title, skills in against.items()
    ]


def _curves(report: Report, tested: Walked) -> list[str]:
    served = tested.said[SERVED]
    actual = tested.actual[:, CLOSE]
    low, high = calibrated(served.quantiles[:, CLOSE, 0], served.quantiles[:, CLOSE, -1], actual)
    held = np.where(np.isfinite(actual) & np.isfinite(low), (low <= actual) & (actual <= high), np.nan)
    spread = volatility(served) * tested.sigma * np.sqrt(tested.factors[SERVED])
    unit, last = tested.sigma * 1e4, slice(-_SHOWN, None)
    bounds = [
        Line(name, (each * unit)[last]) for name, each in (("low", low), ("high", high), ("close", actual))
    ]
    return [
        line_plot("The last tested bars: log return (bp) and its 90 % interval", bounds),
        line_plot(
            f"Coverage of the 90 % interval of the close, last {_WINDOW} bars",
            [Line("covered", _running(held))],
            0.9,
        ),
        line_plot(
            "Volatility: forecast, and root mean square of what happened (bp)",
            [
                Line("forecast", _running(spread) * 1e4),
                Line("happened", np.sqrt(_running((actual * tested.sigma) ** 2)) * 1e4),
            ],
        ),
    ]


def _running(values: Floats) -> Floats:
    """Means of the last `_WINDOW` known values."""
    known = np.isfinite(values)
    total, count = np.cumsum(np.where(known, values, 0.0)), np.cumsum(known)
    total[_WINDOW:], count[_WINDOW:] = total[_WINDOW:] - total[:-_WINDOW], count[_WINDOW:] - count[:-_WINDOW]
    return np.where(count >= min(_WINDOW, len(values)) // 5 + 1, total / np.maximum(count, 1), np.nan)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table><tr>{''.join(f'<th>{escape(each)}</th>' for each in head)}</tr>{''.join(cells)}</table>"
