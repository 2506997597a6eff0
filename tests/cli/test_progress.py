import io
import sys

import pytest

from cli.progress import progress_bars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_each_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress_bars() as bar:
        bar("TSLA 1m TRADES all")
        bar("AAPL 1m TRADES all")(0.5)
    assert "TSLA 1m TRADES all" in terminal.getvalue()
    assert "50%" in terminal.getvalue()


def test_a_log_file_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    with progress_bars() as bar:
        bar("AAPL")(0.5)
    assert log.getvalue() == ""
