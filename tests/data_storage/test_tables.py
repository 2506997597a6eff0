from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from data_storage.tables import bars_table, tick_rows, ticks_table
from market.errors import BadRequest
from tests import tick_tables
from tests.fakes import bar, quote, trade


def test_an_event_that_no_file_could_hold_is_refused_before_it_is_in_the_log() -> None:
    with pytest.raises(BadRequest, match="no data_type"):
        ticks_table([trade(0), replace(trade(1), data_type=None)], "Last")
    with pytest.raises(BadRequest, match="no time"):
        bars_table([replace(bar(0), time=None)])


def test_a_few_ticks_as_rows_are_the_same_as_in_columns() -> None:
    trades, quotes = [trade(0), trade(1, size=None, conditions="I")], [quote(2, 1.5, None)]
    for ticks, kind in ((trades, "Last"), (quotes, "BidAsk")):
        places: Any = ([7] * len(ticks), range(len(ticks)), [1] * len(ticks))
        rows = tick_rows(ticks, kind, *places)  # type: ignore[arg-type]  # mypy joins the kinds to str
        assert rows is not None
        whole = tick_tables.ticks_table(ticks, kind, *places, ids=True)  # type: ignore[arg-type]
        assert whole.to_batches() == [rows.batch()]


@pytest.mark.parametrize(
    "change", [{"price": np.float64(1)}, {"price": "1"}, {"time": 2**63}, {"data_type": 128}, {"venue": None}]
)
def test_rows_hold_no_value_that_is_not_of_its_column(change: dict[str, Any]) -> None:
    rows = tick_rows([replace(trade(0), **change)], "Last", [1], [0], [1])
    assert (rows is None) == ("venue" not in change)
