import pytest
from msgspec.structs import replace

from data_storage.tables import bars_table, ticks_table
from market.errors import BadRequest
from tests.fakes import bar, trade


def test_an_event_that_no_file_could_hold_is_refused_before_it_is_in_the_log() -> None:
    with pytest.raises(BadRequest, match="no data_type"):
        ticks_table([trade(0), replace(trade(1), data_type=None)], "Last", 1, [0, 1], [2, 2])
    with pytest.raises(BadRequest, match="no time"):
        bars_table([replace(bar(0), time=None)])
