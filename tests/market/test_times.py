from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import times
from market.errors import BadRequest


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_survives_the_way_there_and_back(moment: datetime) -> None:
    assert times.to_datetime(times.from_datetime(moment)) == moment
    assert times.parse(times.iso(times.from_datetime(moment))) == times.from_datetime(moment)


def test_an_offset_is_honoured_and_a_naive_text_is_utc() -> None:
    assert times.parse("2026-01-09T15:30+01:00") == times.parse("2026-01-09T14:30")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "09/01/2026"])
def test_a_text_that_is_no_date_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadRequest, match="write 2026-01-09"):
        times.parse(text)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(BadRequest, match="no time zone"):
        times.from_datetime(datetime(2026, 1, 9))  # noqa: DTZ001  # what the test is about
