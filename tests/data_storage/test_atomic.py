from pathlib import Path

import pytest

from data_storage.atomic import make_folder, replacing


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"old")]


def test_a_write_replaces_the_file(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    for content in (b"one", b"two"):
        with replacing(tmp_path / "a" / "b" / "file") as file:
            file.write(content)
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"two"
