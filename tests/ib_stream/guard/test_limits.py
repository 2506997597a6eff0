import pytest

from ib_stream.guard import limits
from ib_stream.guard.limits import Attempts, Places
from ib_stream.refusals import Refusal
from market.clock import DrivenClock
from market.times import SECOND


def test_an_empty_bucket_refuses_and_says_when_to_come_again() -> None:
    clock = DrivenClock()
    attempts = Attempts(6, clock)
    for _ in range(6):
        attempts.count("10.0.0.1")
    with pytest.raises(Refusal, match="more than 6 requests a minute") as refused:
        attempts.count("10.0.0.1")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "10"})
    attempts.count("10.0.0.2")
    clock.advance(10 * SECOND)
    attempts.count("10.0.0.1")


def test_refused_attempts_keep_nobody_out_for_longer() -> None:
    clock = DrivenClock()
    attempts = Attempts(1, clock)
    attempts.count("a")
    for _ in range(100):
        with pytest.raises(Refusal):
            attempts.count("a")
    clock.advance(60 * SECOND)
    attempts.count("a")


def test_no_more_addresses_are_kept_than_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KNOWN_ADDRESSES", 3)
    attempts = Attempts(1, DrivenClock())
    for address in "abcd":
        attempts.count(address)
    attempts.count("a")
    with pytest.raises(Refusal):
        attempts.count("d")


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    places = Places(2)
    places.take("a")
    places.take("a")
    with pytest.raises(Refusal, match="more than 2 open streams") as refused:
        places.take("a")
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "5")
    places.take("b")
    places.give_back("a")
    places.take("a")
