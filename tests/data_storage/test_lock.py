import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from data_storage.errors import StoreBusy
from data_storage.lock import Owner, WriterLock

OWNER = Owner(4711, "truetick", "2026-01-05T14:30:00Z")


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, OWNER)
    with pytest.raises(StoreBusy, match=r"by truetick \(process 4711, since 2026-01-05T14:30:00Z\)"):
        WriterLock(tmp_path, OWNER)
    lock.release()


def test_after_a_release_the_next_may_write(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, OWNER)
    lock.release()
    lock.release()
    WriterLock(tmp_path, OWNER).release()


@pytest.mark.parametrize("call", ["ftruncate", "pwrite"])
def test_a_full_disk_leaves_nobody_with_the_lock(tmp_path: Path, call: str) -> None:
    held = WriterLock(tmp_path, OWNER) if call == "ftruncate" else None
    with patch.object(os, call, side_effect=OSError(28, "No space left on device")), pytest.raises(OSError):
        held.release() if held else WriterLock(tmp_path, OWNER)
    WriterLock(tmp_path, OWNER).release()


def test_a_writer_that_died_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from data_storage.lock import Owner, WriterLock\n"
        "lock = WriterLock(pathlib.Path(sys.argv[1]), Owner(1, 'dead', ''))\n"
        "os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=20)
    assert died.returncode == -9
    WriterLock(tmp_path, OWNER).release()
