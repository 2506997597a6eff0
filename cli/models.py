"""`train SYMBOL` and `predict SYMBOL`: models of the next bar, see `ai.cli`."""

import argparse

from cli.parser import Command
from config.settings import Loaded


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    from ai.cli import add_shared, add_training

    parser.add_argument("tickers", nargs="+", metavar="SYMBOL", help="AAPL, 265598, EURUSD, RHM@IBIS")
    add_shared(parser)
    add_training(parser)


def _predict_arguments(parser: argparse.ArgumentParser) -> None:
    from ai.cli import add_shared

    _ticker(parser)
    add_shared(parser)


def _ticker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ticker", metavar="SYMBOL", help="AAPL, 265598, EURUSD, RHM@IBIS")


def _train(loaded: Loaded, args: argparse.Namespace) -> int:
    from ai.cli import train

    return train(loaded.settings, args)


def _predict(loaded: Loaded, args: argparse.Namespace) -> int:
    from ai.cli import predict

    return predict(loaded.settings, args)


TRAIN = Command("train", "train models of contracts' next bars on what is stored", _train_arguments, _train)
PREDICT = Command("predict", "forecast a contract's next bar with its model", _predict_arguments, _predict)
