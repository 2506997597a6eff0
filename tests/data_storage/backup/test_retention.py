from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_storage.backup.retention import Keep, kept
from market.errors import BadRequest
from market.times import DAY, MINUTE, parse

COUNTS = st.integers(0, 5)
KEEPS = st.builds(lambda *n: Keep(n[0] + 1, *n[1:]), COUNTS, COUNTS, COUNTS, COUNTS)
TIMES = st.lists(st.integers(0, 400 * DAY), max_size=40)


@given(TIMES, KEEPS)
def test_what_is_kept_is_there_and_the_newest_always_is(times: list[int], keep: Keep) -> None:
    found = kept(times, keep)
    assert found <= set(times)
    assert set(sorted(set(times))[-keep.last :]) <= found
    assert len(found) <= sum([keep.last, keep.daily, keep.weekly, keep.monthly])


@given(TIMES, KEEPS)
def test_keeping_twice_removes_nothing_more(times: list[int], keep: Keep) -> None:
    found = kept(times, keep)
    assert kept(sorted(found), keep) == found


@given(TIMES, KEEPS, st.integers(0, 400 * DAY))
def test_snapshots_that_come_daily_leave_as_many_days_as_were_asked_for(
    times: list[int], keep: Keep, start: int
) -> None:
    history = list[int]()
    for day in range(30):
        history = sorted(kept([*history, start + day * DAY], keep))
    days = {time // DAY for time in history}
    assert len(days) >= keep.daily


def test_weeks_begin_on_monday() -> None:
    sunday, monday = parse("2026-01-11T23:59"), parse("2026-01-12T00:01")
    assert kept([sunday - DAY, sunday, monday], Keep(weekly=2)) == {sunday, monday}
    assert kept([sunday - DAY, sunday, monday], Keep(weekly=1)) == {monday}


def test_a_month_keeps_its_newest_and_months_without_any_do_not_count() -> None:
    times = [parse("2025-11-03"), parse("2025-11-30"), parse("2026-02-01"), parse("2026-02-09")]
    assert kept(times, Keep(monthly=2)) == {times[1], times[3]}


def test_two_of_one_microsecond_are_two() -> None:
    assert kept([MINUTE, MINUTE + 1], Keep(last=2)) == {MINUTE, MINUTE + 1}


@pytest.mark.parametrize("counts", [{}, {"daily": -1}, {"last": 0, "weekly": 0}, {"last": 3, "monthly": -2}])
def test_a_rule_that_keeps_nothing_is_refused(counts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="above 0"):
        Keep(**counts)
