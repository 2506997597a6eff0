"""What the main job watches, and the one question it may ask for that."""

import sys
from typing import TextIO

from cli.console import say
from config.settings import DEFAULT_WATCH, Loaded

DEFAULT_SYMBOL = "RHM"


def watched(loaded: Loaded, answers: TextIO | None = None, screen: TextIO | None = None) -> tuple[str, ...]:
    """The watch list of the settings; without one, what the user answers and the usual ones.

    Nobody is asked unless both ends are a terminal.
    """
    answers, screen = answers or sys.stdin, screen or sys.stderr
    if loaded.settings.watch:
        return loaded.settings.watch
    if not (answers.isatty() and screen.isatty()):
        return DEFAULT_WATCH
    say(f"which symbol? [{DEFAULT_SYMBOL}]  (--symbols or IB_WATCH says it without a question)")
    symbol = answers.readline().strip() or DEFAULT_SYMBOL
    return (symbol, *(each for each in DEFAULT_WATCH if each != symbol.upper()))
