"""Whoever changes files waits for a compaction that runs, which at its end needs the right to write."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest

from data_processing.compaction import Compaction
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.times import DAY
from tests.fakes import AAPL, SIM, T0, bar, trade

ID, LONG = AAPL.contract_id, 60.0
ONE = {"contract_id": [ID], "exchange": ["SMART"], "time": pa.array([T0 + 3 * DAY])}
CHANGES: dict[str, Callable[[TimeseriesDB], object]] = {
    "load_ticks": lambda db: db.load_ticks("Last", pa.table(ONE | {"price": [1.0]})),
    "load_bars": lambda db: db.load_bars(
        "1m", "TRADES", "all", pa.table(ONE | {name: [1.0] for name in ("open", "high", "low", "close")})
    ),
    "delete": lambda db: db.delete(BarSeries(ID, "SMART", "5m")),
    "prune": lambda db: db.prune("ticks", T0 - DAY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_files_and_a_compaction_wait_for_each_other_in_one_order(
    tmp_path: Path, change: str
) -> None:
    making, go_on, make = Event(), Event(), Compaction._make

    def slow(*arguments: Any, **named: Any) -> None:
        making.set()
        go_on.wait(LONG)
        make(*arguments, **named)

    with TimeseriesDB.open(tmp_path, SIM, write=True) as db, patch.object(Compaction, "_make", slow):
        db.upsert_bars([bar()])
        db.append_ticks([trade()])
        threads = [Thread(target=each, daemon=True) for each in (db.compact, lambda: CHANGES[change](db))]
        threads[0].start()
        assert making.wait(LONG)
        threads[1].start()
        # It has to be waiting by now: for the compaction, and for nothing that the compaction needs.
        threads[1].join(0.05)
        go_on.set()
        for thread in threads:
            thread.join(20)
        stuck = [thread.is_alive() for thread in threads]
        assert stuck == [False, False]


def test_a_change_that_fails_when_it_clears_away_is_not_forgotten_by_upserts(tmp_path: Path) -> None:
    fails = patch.object(Compaction, "clear", side_effect=OSError(5, "Input/output error"))
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        many = [bar(0, contract_id=number, close=1.0, received=T0) for number in range(9)]
        db.upsert_bars(many)
        table = ONE | {"contract_id": [0], "time": pa.array([T0])}
        prices = {name: [2.0] for name in ("open", "high", "low", "close")}
        with fails, pytest.raises(OSError, match="Input/output"):
            db.load_bars("1m", "TRADES", "all", pa.table(table | prices))
        again = [bar(0, contract_id=number, close=1.0, received=T0 + 400 * DAY) for number in range(9)]
        assert db.upsert_bars(again).revised == 1
        assert db.bars(0, "SMART", "1m", T0, T0 + 1)["close"].to_pylist() == [1.0]
