"""The time frames of a chart: which there are, what they are made of, and how stored bars become them."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from data_processing.frames import BASES, Frame, columns, joined, place, stored
from data_processing.queries.bar_grid import Grid, Sessions
from data_processing.timeseries_db import TimeseriesDB
from market.bar_size import BarSize
from market.errors import BadRequest
from market.times import DAY, MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, bar


def test_a_frame_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(BadRequest, match="choose one of: 1s 5s 1m 5m 15m 1h 1D"):
        Frame(AAPL, "7m")


@pytest.mark.parametrize("name", BASES)
def test_every_frame_is_a_whole_number_of_its_base(name: str) -> None:
    frame = Frame(AAPL, name)
    assert frame.size.seconds % frame.base.seconds == 0


def test_regular_hours_are_cut_out_of_all_but_a_day_is_asked_with_its_own() -> None:
    assert (Frame(AAPL, "5m", "rth").base_hours, Frame(AAPL, "1D", "rth").base_hours) == ("all", "rth")


def test_a_contract_without_trades_has_bars_of_midpoints() -> None:
    pair = msgspec.structs.replace(AAPL, sec_type="CASH")
    assert (Frame(AAPL, "1m").what, Frame(pair, "1m").what) == ("TRADES", "MIDPOINT")


def test_joined_and_stored_bars_of_a_frame_are_the_same(tmp_path: Path) -> None:
    minutes = [bar(n, 10.0 + n % 3, volume=float(n), average=10.0 + n) for n in range(11)]
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars(minutes)
        found = columns(stored(db, Frame(AAPL, "5m"), T0, T0 + 10 * MINUTE))
    mine = [joined(minutes[at : at + 5], Frame(AAPL, "5m"), T0 + at * MINUTE, True) for at in (0, 5)]
    assert found["time"] == [each.time // SECOND for each in mine]
    for name in ("open", "high", "low", "close", "volume", "final"):
        assert found[name] == [getattr(each, name) for each in mine]


def test_outside_of_its_hours_a_frame_has_no_bars() -> None:
    session = Sessions([(T0, T0 + 60 * MINUTE, T0 - T0 % DAY)])
    for size in ("5m", "1h"):
        grid = Grid(BarSize.parse(size), "America/New_York", session)
        assert place(grid, T0 - MINUTE) is None
        inside, starts = grid.place(np.array([T0 - 2 * MINUTE, T0 - MINUTE]))
        assert not inside.any()
        assert len(starts) == 0
