"""`train` and `predict` say what is wrong in a line, with its exit code."""

from pathlib import Path

import pytest

from cli.app import COMMANDS, main
from cli.main_job import COMMAND
from cli.parser import build


def test_training_takes_the_defaults_of_its_field() -> None:
    args = build(COMMANDS, COMMAND).parse_args(["train", "RHM", "--barSize", "5m", "--gpu_check", "True"])
    assert (args.steps, args.epochs, args.batch) == (90, 50, 256)
    assert (args.rate, args.continue_rate) == (3e-4, 1e-4)
    assert (args.ticker, args.bar_size, args.gpu_check, args.fresh) == ("RHM", "5m", True, False)


@pytest.mark.parametrize("command", ["train", "predict"])
def test_without_a_store_or_a_model_it_says_how_to_get_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IB_LOG_AUTOSETUP", "false")
    assert main([command, "NONE", "--data-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert ("backfill" if command == "train" else "./run train NONE") in said
