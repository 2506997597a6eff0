"""`train` and `predict` say what is wrong in a line, with its exit code."""

from pathlib import Path

import pytest

from cli.app import COMMANDS, main
from cli.main_job import COMMAND
from cli.parser import build


def test_training_takes_the_defaults_of_its_field() -> None:
    args = build(COMMANDS, COMMAND).parse_args(
        ["train", "RHM", "ZAL", "--barSize", "5m", "--gpu_check", "True"]
    )
    assert (args.steps, args.epochs, args.batch) == (90, 50, 256)
    assert (args.rate, args.continue_rate) == (3e-4, 1e-4)
    assert (args.tickers, args.bar_size, args.gpu_check) == (["RHM", "ZAL"], "5m", True)
    assert (args.fresh, args.jobs) == (False, 1)


def test_of_several_each_says_what_keeps_it_from_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IB_LOG_AUTOSETUP", "false")
    assert main(["train", "NONE", "OTHER", "--continue", "--data-dir", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines if "backfill" in line] == ["NONE", "OTHER"]


def test_fresh_and_continue_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        build(COMMANDS, COMMAND).parse_args(["train", "RHM", "--fresh", "--continue"])
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "predict"])
def test_without_a_store_or_a_model_it_says_how_to_get_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IB_LOG_AUTOSETUP", "false")
    assert main([command, "NONE", "--data-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert ("backfill" if command == "train" else "./run train NONE") in said
