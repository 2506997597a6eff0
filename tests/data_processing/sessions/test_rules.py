from datetime import date, timedelta
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from data_processing.sessions.rules import Daily, Exchange, local
from data_processing.sessions.venues import rule_of
from market.events import Hours
from market.instrument import Instrument
from market.times import MINUTE, iso

HOUR = 60 * MINUTE
DAYS = st.dates(date(2001, 1, 1), date(2039, 1, 1))


def instrument(sec_type: str, exchange: str, symbol: str = "X", currency: str = "USD") -> Instrument:
    return Instrument(contract_id=1, symbol=symbol, sec_type=sec_type, exchange=exchange, currency=currency)


def told(contract: Instrument, day: date, hours: Hours = "all") -> list[str]:
    """The sessions of a trading date as texts."""
    rule = rule_of(contract, "ib")
    assert rule is not None
    return [f"{iso(start)[5:16]} {iso(end)[5:16]}" for start, end in rule.on(day, hours) or ()]


SHARE = instrument("STK", "SMART")
EURO = instrument("FUT", "CME", "EUR")
INDEX = instrument("FUT", "CME", "ES")
FOREX = instrument("CASH", "IDEALPRO", "EUR")


# The days on which clocks change, half days and holidays, as the exchanges published them.
@pytest.mark.parametrize(
    ("contract", "day", "hours", "sessions"),
    [
        (SHARE, date(2024, 1, 12), "all", ["01-12T09:00 01-13T01:00"]),
        (SHARE, date(2024, 3, 8), "rth", ["03-08T14:30 03-08T21:00"]),
        (SHARE, date(2024, 3, 11), "rth", ["03-11T13:30 03-11T20:00"]),
        (SHARE, date(2024, 1, 15), "all", []),
        (SHARE, date(2024, 11, 29), "rth", ["11-29T14:30 11-29T18:00"]),
        (SHARE, date(2024, 11, 29), "all", ["11-29T09:00 11-29T22:00"]),
        (EURO, date(2024, 1, 15), "all", ["01-14T23:00 01-15T22:00"]),
        (INDEX, date(2024, 1, 15), "all", ["01-14T23:00 01-15T18:00"]),
        (INDEX, date(2024, 3, 11), "all", ["03-10T22:00 03-11T21:00"]),
        (INDEX, date(2024, 12, 25), "all", []),
        (FOREX, date(2024, 3, 11), "all", ["03-10T21:15 03-11T21:00"]),
        (FOREX, date(2024, 1, 1), "all", []),
        (instrument("CRYPTO", "PAXOS", "BTC"), date(2024, 3, 10), "all", ["03-10T05:00 03-11T04:00"]),
        (instrument("STK", "TSEJ", "7203", "JPY"), date(2024, 1, 5), "all",
         ["01-05T00:00 01-05T02:30", "01-05T03:30 01-05T06:00"]),
        (instrument("STK", "OVERNIGHT"), date(2024, 1, 16), "all", ["01-16T01:00 01-16T08:50"]),
    ],
)  # fmt: skip
def test_sessions_are_those_that_were_published(
    contract: Instrument, day: date, hours: Hours, sessions: list[str]
) -> None:
    assert told(contract, day, hours) == sessions


def test_regular_hours_that_nobody_published_are_not_guessed() -> None:
    rule = rule_of(EURO, "ib")
    assert rule is not None
    assert rule.on(date(2024, 1, 16), "rth") is None


def test_a_market_that_never_closes_and_a_file_are_told_by_their_source() -> None:
    always = rule_of(SHARE, "sim-1-tws-24h")
    assert always is not None
    start, end = (always.on(date(2024, 1, 14), "rth") or ())[0]
    assert end - start == 24 * HOUR
    assert rule_of(SHARE, "replay-0123abcd") is None


@given(DAYS, st.sampled_from([SHARE, EURO, INDEX, FOREX]))
def test_sessions_of_following_days_never_overlap(day: date, contract: Instrument) -> None:
    rule = rule_of(contract, "ib")
    assert rule is not None
    spans = [span for n in range(4) for span in rule.on(day + timedelta(n), "all") or ()]
    assert all(start < end for start, end in spans)
    assert spans == sorted(spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@given(DAYS, st.sampled_from([SHARE, INDEX, FOREX]))
def test_regular_hours_lie_within_all_hours(day: date, contract: Instrument) -> None:
    rule = rule_of(contract, "ib")
    assert rule is not None
    regular, every = rule.on(day, "rth") or (), rule.on(day, "all") or ()
    assert len(regular) == len(every)
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in zip(regular, every, strict=True))


@given(DAYS)
def test_a_day_has_23_24_or_25_hours(day: date) -> None:
    for zone in ("America/New_York", "Europe/Berlin", "Asia/Tokyo"):
        length = local(zone, day + timedelta(1), 0) - local(zone, day, 0)
        assert length in ({24 * HOUR} if zone == "Asia/Tokyo" else {23 * HOUR, 24 * HOUR, 25 * HOUR})


def test_beyond_its_calendar_an_exchange_has_no_days() -> None:
    assert Exchange("XNYS").on(date(2041, 1, 2), "rth") == ()
    assert Exchange("XNYS").bounds[1] < date(2041, 1, 2)


def test_a_session_that_a_half_day_leaves_nothing_of_is_none() -> None:
    late = Daily("America/Chicago", 13 * 60, 960, calendar="CMES", half_days=True)
    assert late.on(date(2024, 1, 15), "all") == ()
