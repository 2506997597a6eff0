"""An upsert reports and stores the same, whichever way it was judged."""

from collections.abc import Sequence
from itertools import count

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_processing.settling import judge_bars, settle_bars
from data_processing.timeseries_db import TimeseriesDB
from data_storage.tables import BARS, bars_table, with_ids
from market.events import Bar
from tests.data_processing.test_settling import FORMS
from tests.fakes import SIM, T0, bar


def received_in_turn(batches: list[list[Bar]]) -> list[list[Bar]]:
    """As a store gets them: what comes later was received later."""
    numbers = count()
    return [[msgspec.structs.replace(each, received=next(numbers)) for each in batch] for batch in batches]


BATCHES = st.lists(st.lists(FORMS, min_size=1, max_size=8), min_size=1, max_size=4).map(received_in_turn)


def table(bars: Sequence[Bar]) -> pa.Table:
    return bars_table(bars, with_ids(BARS))


@settings(max_examples=15)
@given(BATCHES, st.integers(0, 6))
def test_upserts_report_what_merging_would(
    tmp_path_factory: pytest.TempPathFactory, batches: Sequence[Sequence[Bar]], compact_at: int
) -> None:
    known = table([])
    with TimeseriesDB.open(tmp_path_factory.mktemp("store"), SIM, write=True, sync="off") as db:
        for number, batch in enumerate(batches):
            _, expected = judge_bars(known, table(batch))
            known = settle_bars(known, table(batch))
            assert db.upsert_bars(batch) == expected
            if number == compact_at:
                db.compact()
        for id_ in (1, 2, 3):
            stored = db.bars(id_, "SMART", "1m", T0, T0 + 10**15, known="all")
            mine = known.filter(pa.compute.equal(known["contract_id"], id_)).select(BARS.names)
            # Of running forms that say the same it does not matter which is kept.
            assert stored.drop_columns(["known_at", "source"]).equals(
                mine.drop_columns(["known_at", "source"])
            )


def test_bars_deleted_or_loaded_meanwhile_are_not_taken_for_known(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with TimeseriesDB.open(tmp_path_factory.mktemp("store"), SIM, write=True) as db:
        bars = [bar(0), bar(0, contract_id=1)]
        assert (db.upsert_bars(bars).new, db.upsert_bars(bars).unchanged) == (2, 2)
        db.delete(next(series for series in db.series() if series.contract_id == 1))
        report = db.upsert_bars(bars)
        assert (report.new, report.unchanged) == (1, 1)
        db.load_bars("1m", "TRADES", "all", table([bar(1)]).drop_columns(["version", "known_at"]))
        assert db.upsert_bars([bar(1)]).new == 0
