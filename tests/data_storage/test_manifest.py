from pathlib import Path

import msgspec
import pytest

from data_storage import manifest as manifests
from data_storage.errors import NoStore, UnusableFolder, WrongSchema, WrongSource
from data_storage.manifest import StoreFile
from market.source import Source
from market.times import parse
from tests.fakes import AAPL, SIM

NOW = parse("2026-01-05")


def made(folder: Path) -> manifests.Manifest:
    manifests.prepare(folder, SIM)
    return manifests.begin(folder, SIM, NOW)


def test_a_manifest_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    manifest = msgspec.structs.replace(made(tmp_path), instruments=(AAPL,))
    manifests.save(tmp_path, manifest)
    assert manifests.load(tmp_path, SIM) == manifest
    assert (manifest.source, manifest.created) == ("sim-7-consistent", "2026-01-05T00:00:00Z")


def test_writers_are_numbered(tmp_path: Path) -> None:
    assert [made(tmp_path).writers for _ in range(3)] == [1, 2, 3]


def test_another_source_is_refused_by_both_names(tmp_path: Path) -> None:
    made(tmp_path)
    before = (tmp_path / manifests.FILE).read_bytes()
    for opening in (manifests.load, manifests.prepare):
        with pytest.raises(WrongSource, match="'sim-7-consistent', not of 'ib'"):
            opening(tmp_path, Source.of_account("U1"))
    assert (tmp_path / manifests.FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [(b'{"schema": 3, "source": "x", "new": 1}', "schema 3"), (b"{", "restore it"), (b"[]", "restore it")],
)
def test_a_manifest_of_another_version_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / manifests.FILE).write_bytes(content)
    with pytest.raises(WrongSchema, match=message):
        manifests.prepare(tmp_path, SIM)
    assert (tmp_path / manifests.FILE).read_bytes() == content


def test_data_without_a_manifest_is_not_adopted(tmp_path: Path) -> None:
    (tmp_path / "bars").mkdir()
    with pytest.raises(WrongSchema, match="nobody knows whose"):
        manifests.prepare(tmp_path, SIM)


def test_a_store_that_was_never_made_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoStore, match="backfill or stream first"):
        manifests.load(tmp_path / SIM.name, SIM)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file/inside", "/proc/nowhere"])
def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UnusableFolder, match="choose another one"):
        manifests.prepare(tmp_path / place, SIM)


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "bars"
    folder.mkdir()
    for name in (".2026-01.000003.parquet.99.tmp", "2026-01.000003.parquet", "2026-02.000002.parquet"):
        (folder / name).write_bytes(b"half")
    (folder / "2026-03.000007.parquet").write_bytes(b"newer")
    (folder / "notes.txt").write_text("mine")
    listed = StoreFile("bars/2026-02.000002.parquet", 1, 0, 0, 4, "")
    manifest = manifests.Manifest(schema=2, source="ib", created="", generation=2, files=(listed,))
    assert [path.name for path in manifests.sweep(tmp_path, manifest)] == ["2026-03.000007.parquet"]
    left = {path.name for path in folder.iterdir()}
    assert left == {"2026-02.000002.parquet", "2026-03.000007.parquet", "notes.txt"}
