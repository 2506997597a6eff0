"""``./run evaluate RHM`` and ``./run promote RHM``: what the command line says of how good a model is."""

import argparse
import sys
from pathlib import Path

from config.settings import Settings
from market.bar_size import BarSize
from market.errors import BadRequest, TruetickError

NO_EDGE = 9


def add_evaluating(parser: argparse.ArgumentParser) -> None:
    """What evaluating takes beside what every mode and training take."""
    parser.add_argument("--audit", action="store_true", help="probe for leaks instead, on the same bars")
    parser.add_argument("--quick", action="store_true", help="without the network, which takes longest")
    parser.add_argument("--folds", type=int, default=4, help="train and test so many times (4)")
    parser.add_argument("--version", dest="model_version", help="of the model (the one that serves)")
    parser.add_argument("--half-spread", type=float, metavar="BP", help="in basis points (half a tick)")
    parser.add_argument("--commission", type=float, metavar="BP", help="one way, in basis points (0.5)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the page and the JSON are kept")


def evaluate(settings: Settings, args: argparse.Namespace) -> int:
    """Say how good forecasts of a ticker are; 9 when those of the next close are worth nothing."""
    return _audit(settings, args) if args.audit else _evaluate(settings, args)


def promote(settings: Settings, args: argparse.Namespace) -> int:
    """Let a version serve that has proof."""
    from ai.artifacts import Models
    from ai.pipelines.eval import promote as let_serve

    card = let_serve(Models(), args.ticker, BarSize.parse(args.bar_size).name, args.model_version)
    print(card.version)
    return 0


def _evaluate(settings: Settings, args: argparse.Namespace) -> int:
    from ai.evaluation.edge import Costs
    from ai.evaluation.split import WalkForward
    from ai.pipelines.eval import COMMISSION, evaluate_price_model
    from ai.report.page import as_json
    from ai.report.terminal import text

    if args.folds < 1:
        raise BadRequest(f"--folds {args.folds}: give 1 or more")
    given = args.half_spread is not None or args.commission is not None
    costs = Costs(args.half_spread or 0.0, COMMISSION if args.commission is None else args.commission)
    found = evaluate_price_model(
        settings,
        args.ticker,
        args.bar_size,
        source=args.source,
        version=args.model_version,
        split=WalkForward(folds=args.folds),
        costs=costs if given else None,
        across_sessions=args.across_sessions,
        network=not args.quick,
        say=_say,
    )
    size = found.report.meta.size
    page = found.write(args.out or settings.data_dir / "reports" / f"{found.report.meta.symbol}-{size}")
    print(as_json(found.report) if args.json else text(found.report, colour=sys.stdout.isatty()))
    _say(f"wrote {page}")
    return 0 if found.report.has_edge else NO_EDGE


def _audit(settings: Settings, args: argparse.Namespace) -> int:
    from ai.data import Bars
    from ai.pipelines.audit import audit_bars

    bars = Bars.from_store(
        settings, args.ticker, args.bar_size, source=args.source, across_sessions=args.across_sessions
    )
    found = audit_bars(bars, _say, quick=args.quick)
    for kind, table in (("recipe", found.recipes), ("leak", found.leaks)):
        for name, findings in table.items():
            seen = "; ".join(f"{each.probe}: {each.text}" for each in findings) or "nothing found"
            print(f"{kind:7}{name:42}{seen}")
    caught = sum(bool(each) for each in found.leaks.values())
    print(f"{caught} of {len(found.leaks)} leaks caught")
    if found.clean:
        return 0
    raise TruetickError(
        "a recipe leaks, or a leak that was put in was not seen: trust no figure of these bars"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
