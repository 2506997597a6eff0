"""Train many tickers, some side by side, each in a process of its own."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ai.artifacts import Card
from ai.pipelines.train import run_price_training
from ai.utils import extra
from market.errors import TruetickError

if TYPE_CHECKING:
    from config.settings import Settings


class Result(NamedTuple):
    """What became of a ticker: its card, or the `error` and its exit code."""

    ticker: str
    card: Card | None
    error: str = ""
    exit_code: int = 0


def train_many(
    settings: "Settings",
    tickers: Sequence[str],
    jobs: int = 1,
    **options: Any,  # those of `run_price_training`
) -> list[Result]:
    """Train each; what is said goes to stderr, by ticker. One of several that fails keeps no other from it.

    For a single one raise what `run_price_training` does.
    """
    if len(tickers) == 1:
        return [Result(tickers[0], run_price_training(settings, tickers[0], say=_say, **options))]
    if jobs <= 1:
        return [_one(settings, ticker, options) for ticker in tickers]
    joblib = extra("joblib")
    work = joblib.delayed(_beside)
    return list(joblib.Parallel(n_jobs=jobs)(work(settings, ticker, options, jobs) for ticker in tickers))


def _beside(settings: "Settings", ticker: str, options: dict[str, Any], jobs: int) -> Result:
    """In a process that shares the machine with others."""
    # Read by TensorFlow when it is imported: each takes its part of the cores, and of a GPU what it needs.
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, (os.cpu_count() or 1) // jobs))
    os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    return _one(settings, ticker, options)


def _one(settings: "Settings", ticker: str, options: dict[str, Any]) -> Result:
    try:
        card = run_price_training(settings, ticker, say=lambda text: _say(f"{ticker}: {text}"), **options)
        return Result(ticker, card)
    except TruetickError as error:
        return Result(ticker, None, str(error), error.exit_code)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
