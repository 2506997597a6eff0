"""Hours as the wire tells them, over real calendars: holidays, half days, clocks that change, last days."""

import pytest

from market.times import iso, parse
from simulator.gateway.hours import hours_texts
from simulator.model import Listing, MarketModel, generated
from simulator.model.calendar import last_session, next_session

AAPL, RHM, EURUSD, ES, OPTION = 265598, 78046366, 12087792, 649180695, 711280067


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(1, "consistent", always_open=False)


def listing(market: MarketModel, contract_id: int) -> Listing:
    return next(each for each in market.listings if each.instrument.contract_id == contract_id)


@pytest.mark.parametrize(
    ("contract_id", "now", "trading", "liquid"),
    [
        # Thanksgiving and the half day after it.
        (
            AAPL,
            "2026-11-26T12:00",
            "20261126:CLOSED;20261127:0400-20261127:1700;20261128:CLOSED",
            "20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED",
        ),
        (OPTION, "2026-11-27T12:00", "20261127:0930-20261127:1300;", "20261127:0930-20261127:1300;"),
        (ES, "2026-11-26T12:00", "20261125:1700-20261126:1200;", "20261126:0830-20261126:1200;"),
        # A future's last day ends at the opening, so that it has no liquid hours.
        (ES, "2026-12-18T07:00", "20261217:1700-20261218:0830;20261219:CLOSED", "20261218:CLOSED;20261219"),
        (RHM, "2026-12-30T07:00", "20261230:0900-20261230:1400;20261231:CLOSED", "20261230:0900-20261230:1"),
        (EURUSD, "2026-11-22T12:00", "20261122:CLOSED;20261122:1715-20261123:1700;", "20261122:CLOSED;202"),
    ],
)
def test_the_coming_days_are_told_in_the_exchange_s_zone(
    market: MarketModel, contract_id: int, now: str, trading: str, liquid: str
) -> None:
    texts = hours_texts(market, listing(market, contract_id), parse(now))
    assert texts[0].startswith(trading)
    assert texts[1].startswith(liquid)


@pytest.mark.parametrize(
    ("contract_id", "day", "opened", "closed"),
    [
        (AAPL, "2026-03-06", "2026-03-06T14:30:00Z", "2026-03-06T21:00:00Z"),
        (AAPL, "2026-03-09", "2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),
        (AAPL, "2026-11-02", "2026-11-02T14:30:00Z", "2026-11-02T21:00:00Z"),
        # Berlin changes its clocks three weeks later in spring and a week earlier in autumn.
        (RHM, "2026-03-09", "2026-03-09T08:00:00Z", "2026-03-09T16:30:00Z"),
        (RHM, "2026-03-30", "2026-03-30T07:00:00Z", "2026-03-30T15:30:00Z"),
        # The evening session of the Sunday on which the clocks change.
        (EURUSD, "2026-03-09", "2026-03-08T21:15:00Z", "2026-03-09T21:00:00Z"),
        (EURUSD, "2026-11-02", "2026-11-01T22:15:00Z", "2026-11-02T22:00:00Z"),
    ],
)
def test_regular_hours_follow_daylight_saving_both_ways(
    market: MarketModel, contract_id: int, day: str, opened: str, closed: str
) -> None:
    found = next_session(market, contract_id, parse(f"{day}T12:00"), "rth")
    assert found is not None
    assert [iso(each) for each in found.bounds("rth")] == [opened, closed]


def test_a_session_without_a_regular_part_does_not_count_under_regular_hours(market: MarketModel) -> None:
    friday = parse("2026-12-18T14:00")
    before = last_session(market, ES, friday, "rth")
    assert before is not None
    assert f"{before.date}" == "2026-12-17"
    assert next_session(market, ES, friday, "rth") is None
    running = last_session(market, ES, friday, "all")
    assert running is not None
    assert f"{running.date}" == "2026-12-18"


@pytest.mark.parametrize("moment", ["2026-11-20T21:00", "2026-11-20T14:30", "2026-11-21T01:00"])
def test_a_boundary_belongs_to_the_session_it_opens(market: MarketModel, moment: str) -> None:
    """16:00 and 09:30 in New York lie within Friday's session, 20:00 behind it."""
    time = parse(moment)
    found = next_session(market, AAPL, time)
    assert found is not None
    assert (found.open <= time) == (moment != "2026-11-21T01:00")
