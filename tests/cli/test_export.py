import argparse
import re
from pathlib import Path

import pytest

from charting import picture
from cli import main_job
from cli.export import COMMAND
from cli.parser import build
from config.settings import load
from ib_api.errors import PortRefused
from market.errors import BadRequest, SetupError


def export(*words: str, folder: Path, sim: bool = True) -> int:
    args: argparse.Namespace = build((COMMAND,), main_job.COMMAND).parse_args(["export", *words])
    flags = {**vars(args), "sim": sim, "data_dir": folder / "data"}
    done = COMMAND.run(load(flags, {}, folder / ".env"), args)
    assert isinstance(done, int)
    return done


def test_a_chart_is_written_with_the_exchanges_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rhm.html"
    assert export("html", "RHM", "--period", "1h", "--out", str(path), folder=tmp_path) == 0
    text = path.read_text()
    assert "RHM" in text
    assert "Europe/Berlin" in text
    assert "SIMULATED" in text
    assert re.search(rf"{path}: \d\d bars", capsys.readouterr().err)


def test_a_picture_that_cannot_be_drawn_is_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(picture, "_MAC", str(tmp_path / "none"))
    with pytest.raises(SetupError, match="chromium"):
        export("png", "RHM", folder=tmp_path)
    monkeypatch.undo()
    with pytest.raises(BadRequest, match="time zone"):
        export("html", "RHM", "--zone", "Nowhere", folder=tmp_path)
    assert not (tmp_path / "data").exists()


def test_without_a_gateway_it_says_how_to_do_without(tmp_path: Path) -> None:
    with pytest.raises(PortRefused, match="add --sim"):
        export("html", "RHM", "--port", "1", folder=tmp_path, sim=False)
