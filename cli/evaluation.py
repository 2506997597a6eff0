"""`evaluate SYMBOL` and `promote SYMBOL`: how good forecasts are, which may serve; see `ai.evaluate`."""

import argparse

from cli.parser import Command
from config.settings import Loaded


def _arguments(parser: argparse.ArgumentParser) -> None:
    from ai.cli import add_shared
    from ai.evaluate import add_evaluating

    parser.add_argument("ticker", metavar="SYMBOL", help="AAPL, 265598, EURUSD, RHM@IBIS")
    add_shared(parser)
    add_evaluating(parser)
    parser.add_argument("--across-sessions", action="store_true", help="let windows cross from day to day")


def _promote_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ticker", metavar="SYMBOL", help="AAPL, 265598, EURUSD, RHM@IBIS")
    parser.add_argument("--barSize", dest="bar_size", default="1m", metavar="SIZE", help="of the bars (1m)")
    parser.add_argument("--version", dest="model_version", help="of the model (the newest)")


def _evaluate(loaded: Loaded, args: argparse.Namespace) -> int:
    from ai.evaluate import evaluate

    return evaluate(loaded.settings, args)


def _promote(loaded: Loaded, args: argparse.Namespace) -> int:
    from ai.evaluate import promote

    return promote(loaded.settings, args)


EVALUATE = Command(
    "evaluate",
    "say how good forecasts of a contract's next bar are",
    _arguments,
    _evaluate,
)
PROMOTE = Command(
    "promote",
    "let a model serve that has proof of being better",
    _promote_arguments,
    _promote,
)
"""Exit code 9: no edge over persistence, or no proof."""
