import pytest

from market.clock import DrivenClock
from market.times import parse
from simulator.model import generated
from tests.simulator.gateway.raw_client import AAPL, DARK, Fields, RawClient


def ask(
    client: RawClient, duration: str, *, rth: int = 1, contract: tuple[object, ...] = AAPL, end: str = "",
    size: str = "1 day", keep: int = 0,
) -> Fields:  # fmt: skip
    return client.ask(20, 5, *contract, 0, end, size, duration, rth, "SCHEDULE", 1, keep, "")[0]


def dates(answer: Fields) -> list[str]:
    return answer[8::3]


def test_the_sessions_of_some_days_are_told_in_the_exchange_s_zone() -> None:
    answer = ask(RawClient(), "2 D")
    assert answer[:5] == ["106", "5", "20260108-09:30:00", "20260109-16:00:00", "US/Eastern"]
    assert answer[5:9] == ["2", "20260108-09:30:00", "20260108-16:00:00", "20260108"]
    assert dates(answer) == ["20260108", "20260109"]


def test_all_hours_are_longer_than_the_regular_ones() -> None:
    answer = ask(RawClient(), "1 D", rth=0)
    assert answer[6:8] == ["20260109-04:00:00", "20260109-18:00:00"]


@pytest.mark.parametrize(
    ("duration", "end", "days"),
    [
        ("1 W", "", ["20260105", "20260106", "20260107", "20260108", "20260109"]),
        ("1 D", "20260104-12:00:00", ["20260102"]),
        ("3600 S", "", ["20260109"]),
    ],
)
def test_the_span_is_that_of_bars(duration: str, end: str, days: list[str]) -> None:
    assert dates(ask(RawClient(), duration, end=end)) == days


def test_holidays_and_half_days_are_the_exchange_s() -> None:
    market = generated(seed=1, feed="consistent", always_open=False)
    answer = ask(RawClient(model=market, clock=DrivenClock(parse("2026-11-28T12:00"))), "3 D")
    assert dates(answer) == ["20261124", "20261125", "20261127"]
    assert answer[3] == "20261127-13:00:00"


def test_no_permission_for_data_is_needed() -> None:
    assert ask(RawClient(), "1 D", contract=DARK)[0] == "106"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ask(RawClient(164), "1 D"), "321"),
        (ask(RawClient(), "1 D", size="1 hour"), "321"),
        (ask(RawClient(), "1 D", keep=1), "321"),
        (ask(RawClient(), "1 H"), "321"),
        (ask(RawClient(), "1 D", end="20260109 12:00:00"), "10314"),
        (ask(RawClient(), "1 D", end="19990109-12:00:00"), "162"),
    ],
)
def test_what_is_no_schedule_is_refused(answer: Fields, code: str) -> None:
    assert code in answer[2:4]
