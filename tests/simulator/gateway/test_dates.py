import pytest

from market.times import parse
from simulator.gateway.dates import Duration, parse_moment
from simulator.refused import Refused


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260109-14:30:00", "2026-01-09T14:30"),
        ("20260109 09:30:00 US/Eastern", "2026-01-09T14:30"),
        ("20260709 09:30:00 America/New_York", "2026-07-09T13:30"),
        ("20260109  15:30:00 MET", "2026-01-09T14:30"),
        ("20260109 14:30:00 UTC", "2026-01-09T14:30"),
    ],
)
def test_a_moment_is_in_utc_or_names_its_zone(text: str, moment: str) -> None:
    assert parse_moment(text) == parse(moment)


@pytest.mark.parametrize(
    "text",
    [
        "20260109 14:30:00",
        "20260109-14:30:00 UTC",
        "20260109",
        "20261309-14:30:00",
        "00010101-00:00:00",
        "99991231-00:00:00",
        "20260109 1:2:3 ../etc",
        "now",
    ],
)
def test_any_other_moment_is_refused_with_10314(text: str) -> None:
    with pytest.raises(Refused, match="time-zone entered is invalid") as refused:
        parse_moment(text)
    assert refused.value.code == 10314


@pytest.mark.parametrize(
    ("text", "count", "unit"), [("1 D", 1, "D"), ("3600 S", 3600, "S"), ("2W", 2, "W"), ("1 y", 1, "Y")]
)
def test_durations(text: str, count: int, unit: str) -> None:
    assert Duration.parse(text) == Duration(count, unit)


@pytest.mark.parametrize("text", ["", "D", "0 D", "-1 D", "1 H", "1.5 D", "366 D", "101 Y", "9999 W"])
def test_durations_that_ib_refuses(text: str) -> None:
    with pytest.raises(Refused) as refused:
        Duration.parse(text)
    assert refused.value.code == 321
