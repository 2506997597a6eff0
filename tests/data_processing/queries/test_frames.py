from pathlib import Path
from unittest import mock

import pytest

from data_processing.queries.frames import pandas_frame, polars_frame
from data_processing.queries.resample import regroup
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.errors import SetupError
from market.times import MINUTE
from tests.fakes import AAPL, SIM, T0, bar

ONE = BarSeries(AAPL.contract_id, "SMART", "1m")


def test_pandas_and_polars_hold_the_same_bars(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(minute, volume=None if minute < 5 else 3.0) for minute in range(10)])
        polars = polars_frame(regroup(db, ONE, "5m", T0, T0 + 10 * MINUTE))
        frame = pandas_frame(regroup(db, ONE, "5m", T0, T0 + 10 * MINUTE).read_all())
    assert polars["volume"].to_list() == [None, 15.0]
    assert str(polars.schema["time"]) == "Datetime(time_unit='ns', time_zone='UTC')"
    assert (frame.index.name, str(frame.index.dtype)) == ("time", "datetime64[ns, UTC]")
    assert frame.index.astype("int64").tolist() == [T0, T0 + 5 * MINUTE]


def test_without_polars_it_says_what_to_install() -> None:
    with mock.patch.dict("sys.modules", {"polars": None}), pytest.raises(SetupError, match="pip install"):
        polars_frame(bars_of_nothing())


def bars_of_nothing() -> object:
    from data_storage.tables import BARS

    return BARS.empty_table()
