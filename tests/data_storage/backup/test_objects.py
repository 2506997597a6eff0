import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_storage.backup.errors import DamagedBackup
from data_storage.backup.objects import Objects
from data_storage.backup.place import Place

# The SHA-256 of "abc", by FIPS 180-2, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_content_is_stored_once_under_its_checksum(tmp_path: Path) -> None:
    objects = Objects(Place.make(tmp_path))
    stored = [objects.put([b"a", b"bc"]), objects.put([b"abc"])]
    assert [(each.checksum, each.size, each.new) for each in stored] == [(ABC, 3, True), (ABC, 3, False)]
    assert b"".join(objects.read(ABC)) == b"abc"
    assert [path.name for path in (tmp_path / "objects").rglob("*") if path.is_file()] == [ABC]


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:1]))
    assert Objects(Place.make(tmp_path)).put([b"abc"]).checksum == ABC
    assert Objects(Place.make(tmp_path)).intact(ABC)


def test_a_source_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Objects(Place.make(tmp_path)).put(broken())
    assert not [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]


def test_what_was_cut_short_is_not_held(tmp_path: Path) -> None:
    objects = Objects(Place.make(tmp_path))
    objects.put([b"abc"])
    os.truncate(tmp_path / "objects" / "ba" / ABC, 2)
    assert not objects.holds(ABC, 3)
    with pytest.raises(DamagedBackup, match="other bytes"):
        b"".join(objects.read(ABC))


def test_a_sweep_removes_what_is_not_wanted(tmp_path: Path) -> None:
    objects = Objects(Place.make(tmp_path))
    objects.put([b"abc"])
    other = objects.put([b"other"]).checksum
    assert objects.sweep({other}) == 3
    assert [path.name for path in (tmp_path / "objects").rglob("*") if path.is_file()] == [other]
