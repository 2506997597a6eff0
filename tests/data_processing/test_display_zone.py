from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from data_processing.display_zone import display_zone, zone_name
from market.errors import BadRequest


@pytest.mark.parametrize(
    "options", [{"zone": "Berlin"}, {"tz_offset_hours": 30}, {"zone": "UTC", "tz_offset_hours": 1}]
)
def test_a_zone_that_does_not_exist_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        display_zone(**options)  # type: ignore[arg-type]  # tests vary options by name


@given(st.integers(-14 * 4, 14 * 4))
def test_an_offset_has_a_name_that_means_it(quarters: int) -> None:
    name = zone_name(display_zone(tz_offset_hours=quarters / 4))
    if name[0] in "+-":
        hours, minutes = (int(part) for part in name[1:].split(":"))
        assert (hours * 4 + minutes // 15) * (-1 if name[0] == "-" else 1) == quarters
    else:
        assert datetime(2026, 1, 1, tzinfo=ZoneInfo(name)).utcoffset() == timedelta(hours=quarters / 4)
