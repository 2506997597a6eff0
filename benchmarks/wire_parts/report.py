"""From runs to figures: best and worst, ratios against the aims, a table for people."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.wire_parts.messages import KINDS
from benchmarks.wire_parts.turn import Run

CALLBACK, EVENT, ON_LOOP = "truetick callback", "truetick event", "truetick bus"
IBAPI = ("ibapi 9.81", "ibapi 10.46")
CLIENT, FULL = "ib_async client", "ib_async IB"

# (ours, theirs, which run, at least so many times as fast); "worst" is the collapsed run.
AIMS = (
    *((CALLBACK, peer, "best", 8.0) for peer in IBAPI),
    *((CALLBACK, peer, "worst", 10.0) for peer in IBAPI),
    (CALLBACK, CLIENT, "best", 3.0),
    (EVENT, FULL, "best", 2.0),
    (ON_LOOP, FULL, "best", 2.0),
)

Runs = Mapping[str, Mapping[str, Sequence[Run]]]
"""Side, kind, runs."""


def rates(runs: Runs) -> dict[str, dict[str, dict[str, Any]]]:
    """Messages per second by side and kind, with the CPU time of the best and of the worst run."""
    return {side: {kind: _rate(each) for kind, each in kinds.items()} for side, kinds in runs.items()}


def _rate(runs: Sequence[Run]) -> dict[str, Any]:
    best, worst = max(runs, key=lambda run: run.rate), min(runs, key=lambda run: run.rate)
    return {
        "best": round(best.rate),
        "worst": round(worst.rate),
        "cpu_us_best": round(best.cpu_us, 2),
        "cpu_us_worst": round(worst.cpu_us, 2),
        "runs": [round(run.rate) for run in runs],
        "cut_off": sum(not run.complete for run in runs),
    }


def latencies(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, float]]:
    """p50 and p99 by side, the median over the runs, and p99 in the run that the machine disturbed least."""
    return {
        side: {
            "p50_us": statistics.median(run.p50_us or 0 for run in each),
            "p99_us": statistics.median(run.p99_us or 0 for run in each),
            "p99_us_best": min(run.p99_us or 0 for run in each),
        }
        for side, each in runs.items()
    }


def aims(
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]], late: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Every aim with what was reached: rates as ratios ours to theirs, latency as theirs to ours.

    A single run is no collapsed one, so it is not set against that aim.
    """
    found = [
        _aim(ours, theirs, f"{kind}, {run} run", figures[ours][kind][run] / figures[theirs][kind][run], times)
        for ours, theirs, run, times in AIMS
        for kind in KINDS
        if run == "best" or len(figures[theirs][kind]["runs"]) > 1
    ]
    for ours, theirs in [*((CALLBACK, peer) for peer in (*IBAPI, CLIENT)), (EVENT, FULL), (ON_LOOP, FULL)]:
        found.append(
            _aim(
                ours,
                theirs,
                "p99 latency, best run",
                late[theirs]["p99_us_best"] / late[ours]["p99_us_best"],
                1.0,
            )
        )
    return found


def _aim(ours: str, theirs: str, what: str, ratio: float, wanted: float) -> dict[str, Any]:
    met = ratio >= wanted
    return {"ours": ours, "theirs": theirs, "what": what, "ratio": round(ratio, 2), "aim": wanted, "met": met}


def table(report: Mapping[str, Any]) -> str:
    """The figures as people read them."""
    lines = [_row("thousand messages/s", KINDS), _row("(best / worst run)", [""] * len(KINDS))]
    for side, kinds in report["rates"].items():
        lines.append(
            _row(side, [f"{k['best'] / 1e3:,.0f} / {k['worst'] / 1e3:,.0f}" for k in kinds.values()])
        )
    lines += ["", _row("CPU µs/message, same", KINDS)]
    for side, kinds in report["rates"].items():
        lines.append(_row(side, [f"{k['cpu_us_best']} / {k['cpu_us_worst']}" for k in kinds.values()]))
    lines += ["", _row(f"µs at {report['pace']:,} messages/s", ["p50", "p99", "p99, best run"])]
    lines += [_row(side, [str(v) for v in each.values()]) for side, each in report["latency"].items()]
    lines += ["", _row("aims, times as good", ["", "", "ratio", "aim", ""])]
    for aim in report["aims"]:
        verdict = "met" if aim["met"] else "MISSED"
        cells = [aim["theirs"], aim["what"], f"{aim['ratio']:.2f}", f"{aim['aim']:g}", verdict]
        lines.append(f"{aim['ours']:<22}{cells[0]:<17}{cells[1]:<24}{cells[2]:>8}{cells[3]:>6}  {verdict}")
    return "\n".join(lines)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<24}" + "".join(f"{cell:>17}" for cell in cells)
