from pathlib import Path

import pytest

from data_storage.disk import KEEP_FREE, WARN_BELOW, check_disk
from data_storage.errors import LowDisk


def test_plenty_of_space_is_no_news(tmp_path: Path) -> None:
    assert check_disk(tmp_path, 1_000, lambda path: WARN_BELOW + 1_000) is None


def test_little_space_is_a_warning(tmp_path: Path) -> None:
    assert "MiB left" in str(check_disk(tmp_path, 1_000, lambda path: WARN_BELOW + 999))


def test_a_write_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LowDisk, match="free some"):
        check_disk(tmp_path, 1_000, lambda path: KEEP_FREE + 999)


def test_the_disk_of_this_machine_can_be_asked(tmp_path: Path) -> None:
    with pytest.raises(LowDisk):
        check_disk(tmp_path, 2**62)
