"""Many tickers at once: each its own model, and one that fails stops no other."""

from pathlib import Path

import msgspec

from ai.artifacts import Models
from ai.pipelines.many import train_many
from ai.training import Config
from ai.utils import extra
from config.settings import Settings
from data_processing.timeseries_db import TimeseriesDB
from market.errors import ContractNotFound
from tests.ai.markets import walk
from tests.ai.test_sources import RHM, SOURCE, bar

ZAL = msgspec.structs.replace(RHM, contract_id=6, symbol="ZAL")


def test_two_are_trained_side_by_side_and_a_third_says_why_not(tmp_path: Path) -> None:
    made = walk(2_000, seed=4)
    bars = [bar(made, n) for n in range(len(made))]
    with TimeseriesDB.open(tmp_path, SOURCE, write=True) as db:
        db.put_instruments([RHM, ZAL])
        db.upsert_bars([*bars, *(msgspec.structs.replace(each, contract_id=6) for each in bars)])
    models = Models(tmp_path / "models")
    found = train_many(
        Settings(data_dir=tmp_path),
        ["RHM", "NONE", "ZAL"],
        2,
        config=Config(steps=20, epochs=1),
        models=models,
    )
    extra("joblib.externals.loky").get_reusable_executor().shutdown()
    assert [each.card is not None for each in found] == [True, False, True]
    assert "NONE" in found[1].error
    assert found[1].exit_code == ContractNotFound.exit_code
    assert {models.card(name, "1m").meta.contract_id for name in ("RHM", "ZAL")} == {5, 6}
