import json
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_processing import migration
from data_processing.migration import BACKUP, migrate
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import DamagedFile, OldSchema, WrongSource
from data_storage.layout import BarSeries, Series, TickSeries
from data_storage.tables import WHOLE, bars_table
from market.source import Source
from market.times import DAY, MINUTE
from tests.fakes import AAPL, SIM, T0, bar, trade
from tests.tick_tables import ticks_table

ID, RANGE = AAPL.contract_id, (T0 - DAY, T0 + 90 * DAY)
BARS = BarSeries(ID, "SMART", "1m")


def put(folder: Path, series: Series, name: str, table: pa.Table) -> None:
    """A file as schema 1 had it."""
    (folder / series.folder).mkdir(parents=True, exist_ok=True)
    info = json.dumps({"source": SIM.name, "series": series.folder, "schema": 1})
    pq.write_table(table.replace_schema_metadata({"truetick": info}), folder / series.folder / name)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of schema 1: two months of bars with a revision, ticks with a part not merged, answers."""
    folder = tmp_path / SIM.name
    folder.mkdir()
    manifest = {"schema": 1, "source": SIM.name, "created": "2026-01-01", "writers": 7, "instruments": []}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    bars = bars_table([bar(0, close=1, received=1), bar(0, close=2, received=2), bar(1)])
    versions = pa.array([0, 1, 0], pa.int32())
    put(folder, BARS, "2026-01.parquet", bars.set_column(11, "version", versions))
    put(folder, BARS, "2026-02.parquet", bars_table([bar(60 * 24 * 40, close=3)]))
    put(folder, BarSeries(1, "IBIS", "1m"), "2026-01.parquet", bars_table([bar(0, 4, contract_id=1)]))
    ticks = [ticks_table([trade(i, i)], "Last", 7 * 10**9, [0], [WHOLE]) for i in range(2)]
    put(folder, TickSeries(ID, "SMART", "Last"), "2026-01-05.parquet", ticks[0])
    put(folder, TickSeries(ID, "SMART", "Last"), "2026-01-05.00000000007000000002.part.parquet", ticks[1])
    (folder / BARS.folder / "coverage.json").write_text(json.dumps({"answered": [[T0, T0 + MINUTE]]}))
    return folder


def check(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=lambda line: None) as db:
        assert db.bars(ID, "SMART", "1m", *RANGE)["close"].to_pylist() == [2, 10, 3]
        assert db.bars(ID, "SMART", "1m", *RANGE, known="all")["close"].to_pylist() == [1, 2, 10, 3]
        assert db.bars(1, "IBIS", "1m", *RANGE)["close"].to_pylist() == [4]
        assert db.ticks(ID, "SMART", "Last", *RANGE)["price"].to_pylist() == [0, 1]
        assert db.answered(BARS) == [(T0, T0 + MINUTE)]
        assert (db._shelf.manifest.writers, db._shelf.manifest.created) == (8, "2026-01-01")


def test_a_store_of_schema_1_is_migrated_and_its_files_are_kept(old: Path, tmp_path: Path) -> None:
    before = {path.relative_to(old): path.read_bytes() for path in old.rglob("*.parquet")}
    check(tmp_path)
    assert {p.relative_to(old / BACKUP): p.read_bytes() for p in (old / BACKUP).rglob("*.parquet")} == before
    assert len(TimeseriesDB.open(tmp_path, SIM).files()) == 3
    assert not (old / ".migrating").exists()


def test_reading_alone_does_not_migrate(old: Path, tmp_path: Path) -> None:
    with pytest.raises(OldSchema, match="brings it up to date"):
        TimeseriesDB.open(tmp_path, SIM)
    old.rename(tmp_path / "replay-0123abcd")
    with pytest.raises(WrongSource):
        TimeseriesDB.open(tmp_path, Source.replay("0123abcd"), write=True)


STEPS = ["_make", "_answered", "_swap", "make_folder", "sync_folder", "manifests.save", "tidy"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_migration_that_was_killed_is_done_again(old: Path, tmp_path: Path, step: str, after: bool) -> None:
    names = step.split(".")
    owner = getattr(migration, names[0]) if len(names) > 1 else migration
    real = getattr(owner, names[-1])

    def killed(*arguments: object, **options: object) -> None:
        if after:
            real(*arguments, **options)
        raise KeyboardInterrupt

    with patch.object(owner, names[-1], killed), pytest.raises(KeyboardInterrupt):
        migrate(old, SIM, T0, lambda line: None, lambda path: 10**12)
    check(tmp_path)


def test_a_damaged_old_file_stops_the_migration_and_nothing_is_changed(old: Path, tmp_path: Path) -> None:
    (old / BARS.folder / "2026-02.parquet").write_bytes(b"torn")
    with pytest.raises(DamagedFile, match=r"2026-02\.parquet is damaged"):
        TimeseriesDB.open(tmp_path, SIM, write=True)
    put(old, BARS, "2026-02.parquet", bars_table([bar(60 * 24 * 40, close=3)]))
    check(tmp_path)
