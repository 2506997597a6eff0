"""The report as text of a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table

from ai.evaluation.scorecard import Report, Skill
from market.times import iso


def text(report: Report, width: int = 110, colour: bool = False) -> str:
    """All of it, for a terminal `width` columns wide."""
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(_head(report))
    for table in (_targets(report), _intervals(report)):
        console.print(table)
    for line in lines(report):
        console.print(line)
    console.print(f"[bold]{report.verdict}[/bold]")
    return out.getvalue()


def lines(report: Report) -> list[str]:
    """What is no table: direction, money, and what was not tested."""
    called, money = report.direction, report.edge
    share = called.right
    return [
        f"direction: right {share.value:.3f} [{share.low:.3f}, {share.high:.3f}] of {called.calls} calls; "
        f"always saying the commoner one: {called.majority:.3f}"
        if called.calls
        else "direction: no calls are made",
        f"a position in the direction forecast: {money.gross:+.3f} [{money.low:+.3f}, {money.high:+.3f}] bp "
        f"a bar before costs, {money.net:+.3f} bp after {money.turnover:.2f} x ("
        f"{money.costs.half_spread:.2f} half spread + {money.costs.commission:.2f} commission): "
        f"{'it pays' if money.pays else 'it does not pay'}",
        *(f"not told: {each}" for each in report.not_told),
    ]


def _head(report: Report) -> str:
    meta = report.meta
    return (
        f"{meta.symbol} {meta.size} ({meta.what}, {meta.source}): {report.bars} bars "
        f"{iso(report.first)} to {iso(report.last)}, {report.stretches} stretches, {report.splits} splits, "
        f"{report.idle} without volume; {report.tested} rows tested in {report.folds} folds, purge "
        f"{report.purge}, embargo {report.embargo}, {report.trials} trials, seed {report.seed}"
    )


def _targets(report: Report) -> Table:
    table = Table("target", "served (folds)", "against persistence", "p", "best simple", "against it", "p")
    for each in report.targets:
        served = ", ".join(f"{name} {count}" for name, count in each.served.items())
        one, other = each.against_persistence, each.against_simple
        table.add_row(
            each.target, served, figure(one), _chance(one), other.other, figure(other), _chance(other)
        )
    return table


def _intervals(report: Report) -> Table:
    table = Table(
        "90 % interval", "covered", "wildest fifth", "Kupiec p", "Christoffersen p", "width", "pinball skill"
    )
    for each in report.intervals:
        found = each.coverage
        table.add_row(
            each.target,
            f"{found.share.value:.3f} [{found.share.low:.3f}, {found.share.high:.3f}]",
            f"{found.wild.value:.3f}",
            f"{found.kupiec:.2g}",
            f"{found.christoffersen:.2g}",
            f"{found.width:.3g}",
            f"{each.against_persistence.value:+.3f}",
        )
    return table


def figure(skill: Skill) -> str:
    """A skill with its interval."""
    return f"{skill.value:+.4f} [{skill.low:+.4f}, {skill.high:+.4f}]"


def _chance(skill: Skill) -> str:
    return f"{skill.probability:.2g}"
