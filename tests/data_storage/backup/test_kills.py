import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import ROOT


def killed(folder: Path, stride: int) -> list[int]:
    """How often a backup, a retention and a restore died, and a backup met a limit; see `killed.py`."""
    command = [sys.executable, "-m", "tests.data_storage.backup.killed", str(folder), str(stride)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def test_a_kill_or_a_full_drive_harms_no_snapshot_and_no_store(tmp_path: Path) -> None:
    kills = killed(tmp_path, 7)
    assert sum(kills) >= 12


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_kill_at_every_step_harms_no_snapshot_and_no_store(tmp_path: Path) -> None:
    back_up, retain, restore, limits = killed(tmp_path, 1)
    assert (back_up > 15, retain > 2, restore > 30, limits) == (True, True, True, 5)
