import io
import sys

import pytest

from cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("AAPL 1m TRADES all") as progress:
        progress(0.5)
    assert "AAPL 1m TRADES all" in terminal.getvalue()
    assert "50%" in terminal.getvalue()


def test_a_log_file_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    with progress_bar("AAPL") as progress:
        progress(0.5)
    assert log.getvalue() == ""
