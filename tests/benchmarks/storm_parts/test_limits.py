from typing import Any

import pytest

from benchmarks.storm_parts import limits
from benchmarks.storm_parts.limits import (
    HISTORICAL_TICKS,
    HISTORY,
    MARKET_DATA,
    REAL_TIME_BARS,
    START_API,
    TICK_BY_TICK,
    exceeded,
    refused,
)
from market.times import SECOND

Row = dict[str, Any]


def asked(at: float, message: int, terms: str = "", **more: object) -> Row:
    row: Row = {"time": int(at * SECOND), "message": message, "terms": terms, "code": 0, "text": ""}
    return {**row, "contract_id": 1, "exchange": "SMART", "what": "TRADES", "size": "1 min", **more}


def small(at: float, contract: int, **more: object) -> Row:
    return asked(at, HISTORY, f"{at} {contract}", size="30 secs", contract_id=contract, **more)


def test_fifty_messages_in_a_second_are_allowed_and_the_next_one_is_not() -> None:
    rows = [asked(0, MARKET_DATA) for _ in range(50)]
    assert exceeded([*rows, asked(1, MARKET_DATA)], []) == {}
    assert exceeded([*rows, asked(0.9, MARKET_DATA)], []) == {"messages in a second": 1}


def test_sixty_small_bars_in_ten_minutes_are_allowed_and_bid_ask_counts_twice() -> None:
    rows = [small(n, n) for n in range(60)]
    assert exceeded(rows, []) == {}
    assert exceeded([*rows, small(599, 99)], []) == {"small bars in ten minutes": 1}
    assert exceeded([*rows[1:], small(599, 99, what="BID_ASK")], []) == {"small bars in ten minutes": 1}
    assert exceeded([*rows, asked(599, HISTORY, "a minute is not small")], []) == {}


def test_six_of_one_market_in_two_seconds_are_too_many() -> None:
    rows = [asked(n / 10, REAL_TIME_BARS) for n in range(6)]
    assert exceeded(rows, []) == {"alike in two seconds": 1}
    assert exceeded(rows[:5], []) == {}


@pytest.mark.parametrize(("apart", "found"), [(14.9, 1), (15.0, 0)])
def test_an_identical_request_needs_fifteen_seconds(apart: float, found: int) -> None:
    rows = [asked(at, HISTORY, "same", size="5 secs") for at in (0, apart)]
    assert exceeded(rows, [])["identical within 15 seconds"] == found
    ticks = [asked(at, TICK_BY_TICK, f"{at}") for at in (0, apart)]
    assert exceeded(ticks, [])["tick-by-tick within 15 seconds"] == found


def test_a_new_connection_may_ask_for_ticks_at_once() -> None:
    rows = [asked(0, TICK_BY_TICK), asked(3, START_API), asked(4, TICK_BY_TICK)]
    assert exceeded(rows, []) == {}


def test_only_what_runs_at_once_counts_against_a_quota() -> None:
    def run(begin: int, end: int) -> Row:
        return {"kind": "ticks", "begin": begin, "end": end}

    assert exceeded([], [*(run(0, 9) for _ in range(5)), run(9, 12)]) == {}
    assert exceeded([], [run(n, 9) for n in range(6)]) == {"held: ticks": 1}


def test_refusals_are_counted_by_code_and_text() -> None:
    rows = [asked(0, HISTORICAL_TICKS), asked(1, HISTORICAL_TICKS, code=162, text="no data")]
    assert refused(rows) == {"162 no data": 1}


def test_what_begins_a_connection_belongs_to_the_client_that_it_names() -> None:
    begins = {"message": limits.START_API, "request_id": 7, "client_id": -1}
    asks = {"message": 97, "request_id": 31, "client_id": 7}
    assert [limits.is_of(row, 7) for row in (begins, asks)] == [True, True]
    assert [limits.is_of(row, 31) for row in (begins, asks)] == [False, False]
