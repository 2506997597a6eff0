"""Run `killed_backfill` against a gateway whose time stands still, and read what it left."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_processing.timeseries_db import TimeseriesDB
from data_storage import csv_files
from data_storage.layout import FOREVER, BarSeries, Series
from market.clock import DrivenClock
from market.source import Source
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.end_to_end.killed_backfill import NOW
from tests.programs import ROOT, environment

SOURCE = Source.simulated(seed=1, feed="consistent", always_open=False)


@contextmanager
def standing_gateway() -> Iterator[int]:
    """Its port."""
    model = generated(seed=1, feed="consistent", always_open=False)
    with run_in_thread(model, DrivenClock(NOW), GatewayOptions(message_rate=0, lenient=True)) as thread:
        yield thread.port


def whole(port: int, folder: Path, *arguments: str) -> None:
    """A backfill that nobody disturbs."""
    assert killed(port, folder, *arguments, "--whole") == 0


def killed(port: int, folder: Path, *arguments: str, timeout: float = 100) -> int:
    """Run a backfill to its end; the answer is how often it was killed on the way."""
    command = [sys.executable, "-m", "tests.end_to_end.killed_backfill", str(port), str(folder), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def stored(folder: Path) -> dict[str, bytes]:
    """Every Parquet file once all is compacted, and the export of every series.

    The generation in a file's name only counts how often it was written anew.
    """
    with TimeseriesDB.open(folder, SOURCE, write=True) as db:
        db.compact()
        exports = {str(each): _export(db, each) for each in db.series()}
        paths = [db.folder / each.path for each in db.files()]
        files = {_period(path, db.folder): path.read_bytes() for path in paths}
        assert sorted(paths) == sorted(db.folder.rglob("*.parquet"))
    assert len(files) == len(paths) > 0
    return files | exports


def _period(path: Path, root: Path) -> str:
    folder, name = path.relative_to(root).parent, path.name.split(".")[0]
    return f"{folder.as_posix()}/{name}"


def _export(db: TimeseriesDB, series: Series) -> bytes:
    route = series.contract_id, series.exchange
    if isinstance(series, BarSeries):
        table = db.bars(*route, series.size, *FOREVER, what=series.what, hours=series.hours)
    else:
        table = db.ticks(*route, series.kind, *FOREVER)
    return "".join(csv_files.lines(table)).encode()
