import io
from pathlib import Path

import pytest

from cli.asking import watched
from config.settings import DEFAULT_WATCH, load


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def asked(answer: str, *, watch: str = "", terminal: bool = True, screen: bool = True) -> tuple[str, ...]:
    loaded = load({}, {"IB_WATCH": watch}, Path("/nonexistent/.env"))
    kinds = {True: Terminal, False: io.StringIO}
    return watched(loaded, kinds[terminal](answer), kinds[screen]())


@pytest.mark.parametrize(("answer", "first"), [("\n", "RHM"), ("", "RHM"), (" MSFT \n", "MSFT")])
def test_who_sits_at_a_terminal_is_asked_for_the_first_symbol(answer: str, first: str) -> None:
    assert asked(answer) == (first, *DEFAULT_WATCH)


def test_what_is_watched_anyway_is_watched_once() -> None:
    assert asked("tsla\n") == ("tsla", *(each for each in DEFAULT_WATCH if each != "TSLA"))


@pytest.mark.parametrize(("terminal", "screen"), [(False, True), (True, False)])
def test_without_a_terminal_nobody_is_asked(terminal: bool, screen: bool) -> None:
    assert asked("MSFT\n", terminal=terminal, screen=screen) == DEFAULT_WATCH


def test_what_the_settings_say_is_not_asked() -> None:
    assert asked("MSFT\n", watch="SPY QQQ") == ("SPY", "QQQ")
