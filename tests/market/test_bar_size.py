import pytest

from market.bar_size import BAR_SIZES, BarSize
from market.errors import BadRequest


@pytest.mark.parametrize("size", BAR_SIZES, ids=str)
def test_every_size_is_found_by_our_name_and_by_ibs(size: BarSize) -> None:
    assert BarSize.parse(size.name) is size
    assert BarSize.parse(size.ib) is size


def test_a_minute_is_not_a_month() -> None:
    assert (BarSize.parse("1m").ib, BarSize.parse("1M").ib) == ("1 min", "1 month")


@pytest.mark.parametrize("text", ["7m", "", "1x", "tick"])
def test_an_unknown_size_names_those_there_are(text: str) -> None:
    with pytest.raises(BadRequest, match="1s 5s 10s 15s 30s 1m"):
        BarSize.parse(text)
