import struct
from pathlib import Path

import pytest

from charting import picture
from charting.picture import browser, photographed
from market.errors import SetupError
from tests.charting.charts import chart


def test_a_picture_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    try:
        browser()
    except SetupError:
        pytest.skip("no Chromium")
    path = chart(40).export_png(tmp_path / "charts" / "a.png", 800, 500)
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (800, 500)


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(picture, "_MAC", str(tmp_path / "none"))
    with pytest.raises(SetupError, match="apt-get install chromium"):
        browser()


def program(folder: Path, text: str) -> str:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_browser_that_draws_nothing_is_an_error_with_its_last_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = program(tmp_path, "echo cannot open display >&2")
    monkeypatch.setattr(picture, "browser", lambda: fake)
    with pytest.raises(SetupError, match="cannot open display"):
        photographed("", tmp_path / "a.png", 10, 10)


def test_a_browser_that_hangs_is_ended_with_its_helpers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = program(tmp_path, f"sleep 600 & echo $! > {tmp_path}/pid; wait")
    monkeypatch.setattr(picture, "browser", lambda: fake)
    monkeypatch.setattr(picture, "PATIENCE", 0.5)
    with pytest.raises(SetupError, match="drawn nothing in"):
        photographed("", tmp_path / "a.png", 10, 10)
    state = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
