"""From figures to ratios: the aims, and a table for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

OURS = "truetick"
Figures = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Aim:
    """Our `figure` over theirs, or by itself without `peer`, is to be at least, or at most, `wanted`."""

    figure: str
    peer: str
    sense: Literal["at least", "at most"]
    wanted: float
    part: str = "p50"


def _times(figure: str, wanted: float, *peers: str, part: str = "p50") -> list[Aim]:
    return [Aim(figure, peer, "at most", wanted, part) for peer in peers]


AIMS = (
    Aim("ticks", "duckdb", "at least", 1.5),
    Aim("ticks", "arcticdb", "at least", 3.0),
    Aim("ticks bytes", "duckdb", "at most", 0.75),
    Aim("bars bytes", "duckdb", "at most", 0.9),
    Aim("ticks bytes", "arcticdb", "at most", 0.5),
    Aim("bars bytes", "arcticdb", "at most", 0.5),
    Aim("append 1000", "sqlite", "at least", 3.0, "rate"),
    Aim("append 1000", "arcticdb-one", "at least", 10.0, "rate"),
    Aim("append 1", "bare file", "at least", 0.9, "rate"),
    *_times("upsert", 0.2, "sqlite"),
    *_times("with reading", 0.5, "sqlite"),
    *_times("trades, a day", 0.3, "duckdb", "arcticdb"),
    *_times("last 500 bars", 0.1, "duckdb"),
    *_times("trades, all", 1.5, "arcticdb"),
    *_times("bars, all", 1.5, "arcticdb"),
    *_times("recent minute", 0.25, "duckdb"),
    *_times("candles of 5 days", 1.2, "duckdb"),
    *_times("live", 0.5, "sqlite", part="p99"),
    Aim("live", "", "at most", 0, "failed"),
    Aim("live", "", "at most", 0, "wrong"),
    Aim("open", "", "at most", 50.0),
    Aim("memory", "", "at most", 1.5),
)
# Lines of the table: title, figure, part, unit's divisor.
ROWS = (
    ("bulk trades, M rows/s", "ticks", "", 1e6),
    ("bulk bars, M rows/s", "bars", "", 1e6),
    ("bytes/row, trades", "ticks bytes", "", 1),
    ("bytes/row, bars", "bars bytes", "", 1),
    *(
        (f"append {rows}, {part}", f"append {rows}", part, 1)
        for rows in ("1000", "1")
        for part in ("p50", "p99")
    ),
    ("upsert 1,200 bars, p50", "upsert", "p50", 1),
    ("... and read back", "with reading", "p50", 1),
    *(
        (f"{name}, {part}", name, part, 1)
        for name in (
            "trades, a day",
            "trades, all",
            "bars, a day",
            "bars, all",
            "last 500 bars",
            "recent minute",
            "old minute",
            "candles of 5 days",
        )
        for part in ("p50", "p99")
    ),
    ("read while written, p50", "live", "p50", 1),
    ("read while written, p99", "live", "p99", 1),
    ("... reads that failed", "live", "failed", 1),
    ("memory / answer", "memory", "", 1),
)


def aims(figures: Figures) -> list[dict[str, Any]]:
    """Every aim whose two sides were measured, with what was reached."""
    return [found for aim in AIMS if (found := _judge(aim, figures)) is not None]


def _judge(aim: Aim, figures: Figures) -> dict[str, Any] | None:
    ours = value(figures, OURS, aim.figure, aim.part)
    theirs = value(figures, aim.peer, aim.figure, aim.part) if aim.peer else 1.0
    if ours is None or not theirs:
        return None
    ratio = ours / theirs
    met = ratio >= aim.wanted if aim.sense == "at least" else ratio <= aim.wanted
    named = {"figure": aim.figure, "part": aim.part, "peer": aim.peer, "sense": aim.sense, "aim": aim.wanted}
    return named | {"ratio": round(ratio, 3), "met": met}


def value(figures: Figures, side: str, figure: str, part: str) -> float | None:
    """A figure of a store; of several runs the fastest; `None` when it was not measured."""
    found = figures.get(side, {}).get(figure)
    if isinstance(found, Mapping):
        found = found.get(part)
    if isinstance(found, Sequence) and not isinstance(found, str):
        found = max(found, default=None)
    return None if found is None else float(found)


def table(report: Mapping[str, Any]) -> str:
    """The figures as people read them; times in milliseconds."""
    figures: Figures = report["stores"]
    lines = [_row("milliseconds where not said", figures)]
    for title, figure, part, unit in ROWS:
        found = [value(figures, side, figure, part) for side in figures]
        if any(each is not None for each in found):
            lines.append(_row(title, [_short(each, unit) for each in found]))
    lines += ["", *_refusals(figures), "", f"{'aims, ours to theirs':<58}{'ratio':>10}{'aim':>16}"]
    for aim in report["aims"]:
        name = f"{aim['figure']} ({aim['part']})" + (f" / {aim['peer']}" if aim["peer"] else "")
        wanted = f"{aim['sense']} {aim['aim']:g}"
        lines.append(f"{name:<58}{aim['ratio']:>10.3f}{wanted:>16}  {'met' if aim['met'] else 'MISSED'}")
    lines += ["", *(f"{name}: {report[name]}" for name in ("opening", "bus") if report.get(name))]
    return "\n".join(lines)


def _refusals(figures: Figures) -> list[str]:
    """Why a store has no figure for reading what is being written."""
    found = {side: each.get("live", {}).get("refused") for side, each in figures.items()}
    return [f"{side} cannot be read while written: {why}" for side, why in found.items() if why]


def _short(found: float | None, unit: float) -> str:
    return "-" if found is None else f"{found / unit:.3g}" if found / unit < 100 else f"{found / unit:,.0f}"


def _row(name: str, cells: Sequence[str] | Mapping[str, Any]) -> str:
    return f"{name:<28}" + "".join(f" {cell:>13.13}" for cell in cells)
