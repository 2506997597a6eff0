from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.store_parts import data, live

SMALL = data.Market(20_000)
KEYS = {"ticks": ("contract_id", "time", "ordinal"), "bars": ("contract_id", "time")}


def of_all(what: str) -> pa.Table:
    return pa.concat_tables(data.trades(SMALL) if what == "ticks" else data.bars(SMALL))


@pytest.mark.parametrize("what", ["ticks", "bars"])
def test_the_market_is_the_same_every_time_and_no_key_occurs_twice(what: str) -> None:
    table = of_all(what)
    assert table.equals(of_all(what))
    keys = np.stack([table[name].cast(pa.int64()).to_numpy() for name in KEYS[what]])
    assert len(np.unique(keys, axis=1).T) == table.num_rows


@pytest.mark.parametrize("what", ["ticks", "bars"])
def test_rows_come_in_the_order_of_time_over_all_contracts(what: str) -> None:
    table = of_all(what)
    assert (np.diff(table["time"].cast(pa.int64()).to_numpy()) >= 0).all()
    assert len(table["contract_id"].unique()) == {"ticks": 50, "bars": 200}[what]


def test_a_bar_holds_its_open_and_close() -> None:
    bars = {name: of_all("bars")[name].to_numpy() for name in ("open", "high", "low", "close")}
    assert (bars["high"] >= np.maximum(bars["open"], bars["close"])).all()
    assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()


def test_what_was_written_is_what_a_worker_reads(tmp_path: Path) -> None:
    data.write(SMALL, tmp_path)
    market, tables = data.read(tmp_path)
    assert market == SMALL
    assert {what: tables[what].equals(of_all(what)) for what in tables} == {"ticks": True, "bars": True}


def test_the_rows_of_a_contract_keep_their_order() -> None:
    table = data.by_contract(of_all("ticks"))
    parts = dict(data.parts(table))
    assert sum(part.num_rows for part in parts.values()) == table.num_rows
    for contract, part in parts.items():
        assert part["contract_id"].unique().to_pylist() == [contract]
        assert (np.diff(part["time"].cast(pa.int64()).to_numpy()) >= 0).all()


def test_batches_to_append_share_no_key() -> None:
    for batches in (map(live.trades, range(120)), (data.batch(n, 1) for n in range(120))):
        table = pa.concat_tables(list(batches))
        keys = np.stack([table[name].cast(pa.int64()).to_numpy() for name in KEYS["ticks"]])
        assert len(np.unique(keys, axis=1).T) == table.num_rows


def test_an_update_revises_five_bars_of_every_contract_and_adds_one() -> None:
    keys = [set(zip(*(data.update(n)[k].to_pylist() for k in KEYS["bars"]), strict=True)) for n in (0, 1)]
    assert [len(each) for each in keys] == [1_200, 1_200]
    assert len(keys[1] - keys[0]) == 200
