"""``python ai/cli.py --ticker RHM --mode train|eval|predict --barSize 1m``: models by hand.

The same is said to the whole program as ``./run train RHM``, ``evaluate`` and ``predict``.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

if not __package__:  # started as a file: the project, not its folder `ai`, is where imports begin
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import msgspec

from ai.evaluate import add_evaluating, evaluate
from config.settings import Settings, load
from market.errors import TruetickError
from market.events import Prediction
from market.times import iso

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def add_shared(parser: argparse.ArgumentParser) -> None:
    """What every mode takes."""
    parser.add_argument("--barSize", dest="bar_size", default="1m", metavar="SIZE", help="of the bars (1m)")
    parser.add_argument("--source", help="which store, where there are several")
    parser.add_argument(
        "--gpu_check", type=_truth, default=False, metavar="True", help="say which GPUs are used"
    )
    parser.add_argument("--json", action="store_true", help="a JSON object in place of words")


def add_training(parser: argparse.ArgumentParser) -> None:
    """What training takes."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--fresh", action="store_true", help="from scratch, not from the current model too")
    how.add_argument(
        "--continue",
        dest="fresh",
        action="store_false",
        help="from the current model and from scratch, and keep the better one (the default)",
    )
    parser.add_argument("--jobs", type=_count, default=1, help="tickers that are trained side by side (1)")
    parser.add_argument("--steps", type=_count, default=90, help="bars in a window (90)")
    parser.add_argument("--epochs", type=_count, default=50, help="at most so many (50)")
    parser.add_argument(
        "--batch", type=_count, default=256, help="windows of which a step has the bars, at most (256)"
    )
    parser.add_argument("--rate", type=float, default=3e-4, help="learning rate (0.0003)")
    parser.add_argument(
        "--continue-rate", type=float, default=1e-4, help="of a model that is trained further (0.0001)"
    )
    parser.add_argument("--training-seed", type=int, default=7, help="the same gives the same (7)")
    parser.add_argument(
        "--trainer",
        choices=("sequence", "window"),
        default="sequence",
        help="window passes each window by itself: usual, and many times slower",
    )
    parser.add_argument("--across-sessions", action="store_true", help="let windows cross from day to day")


def train(settings: Settings, args: argparse.Namespace) -> int:
    """Train the tickers' models and tell of them."""
    from ai.pipelines.many import train_many
    from ai.training import Config

    _check_gpu(args)
    config = Config(
        steps=args.steps,
        epochs=args.epochs,
        batch=args.batch,
        rate=args.rate,
        continue_rate=args.continue_rate,
        trainer=args.trainer,
    )
    results = train_many(
        settings,
        args.tickers,
        args.jobs,
        bar_size=args.bar_size,
        fresh=args.fresh,
        config=config,
        seed=args.training_seed,
        source=args.source,
        across_sessions=args.across_sessions,
    )
    for each in results:
        if each.card is None:
            _say(f"{each.ticker}: {each.error}")
        else:
            print(msgspec.json.encode(each.card).decode() if args.json else each.card.version)
    return next((each.exit_code for each in results if each.card is None), 0)


def predict(settings: Settings, args: argparse.Namespace) -> int:
    """Tell of the next bar."""
    from ai.pipelines.predict import predict_next_price

    _check_gpu(args)
    found = predict_next_price(settings, args.ticker, args.bar_size, source=args.source)
    print(msgspec.json.encode(found).decode() if args.json else in_words(args.ticker, found))
    return 0


def in_words(ticker: str, found: Prediction) -> str:
    """A forecast for people."""
    bar = f"open {found.open:g}  high {found.high:g}  low {found.low:g}  close {found.close:g}"
    volume = "" if found.volume is None else f"  volume {found.volume:,.0f}"
    lines = [f"{ticker} {found.size} of {iso(found.time)}, after {iso(found.last)}: {bar}{volume}"]
    lines.append(f"  close   90 % between {found.closes[0]:g} and {found.closes[-1]:g}")
    lines.append(f"  range   90 % between {found.ranges[0]:g} and {found.ranges[-1]:g}")
    if found.volumes:
        lines.append(f"  volume  90 % between {found.volumes[0]:,.0f} and {found.volumes[-1]:,.0f}")
    lines.append(f"  model {found.model}{': ' + ', '.join(found.flags) if found.flags else ''}")
    lines += [f"  {name} speaks for {', '.join(targets)}" for name, targets in _speakers(found).items()]
    return "\n".join(lines)


Mode = Callable[[Settings, argparse.Namespace], int]
MODES: dict[str, Mode] = {"train": train, "eval": evaluate, "predict": predict}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and give the exit code."""
    parser = argparse.ArgumentParser(prog="ai/cli.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--ticker", dest="tickers", nargs="+", required=True, help="AAPL, 265598, RHM@IBIS")
    parser.add_argument("--mode", choices=sorted(MODES), required=True)
    parser.add_argument(
        "--data-dir", type=Path, default=argparse.SUPPRESS, help="where stores are kept (data)"
    )
    parser.add_argument("--evalMode", dest="eval_mode", choices=("one_step",), default="one_step")
    add_shared(parser)
    add_training(parser)
    add_evaluating(parser)
    args = parser.parse_args(arguments)
    args.ticker = args.tickers[0]
    if args.mode != "train" and len(args.tickers) > 1:
        parser.error(f"--mode {args.mode} takes one ticker")
    try:
        return MODES[args.mode](load(vars(args), os.environ).settings, args)
    except TruetickError as error:
        _say(f"ai: {error}")
        return error.exit_code


def _speakers(found: Prediction) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for target, name in found.champions:
        by_name.setdefault(name, []).append(target)
    return by_name


def _check_gpu(args: argparse.Namespace) -> None:
    if args.gpu_check:
        from ai.utils import gpus

        _say(f"GPUs: {', '.join(gpus()) or 'none; TensorFlow computes on the processor'}")


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number above 0")
    return int(text)


def _truth(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise argparse.ArgumentTypeError(f"{text!r}: write True or False")
    return _WORDS[text.lower()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
