import pytest

from market.bar_size import BarSize
from market.times import DAY, SECOND, parse
from simulator.truth import rules
from simulator.truth.rules import Rule

NOW = parse("2026-01-09T17:00")


def test_extra_prints_are_lost_and_others_are_not() -> None:
    assert rules.of_trade(last=True).servable
    assert not rules.of_trade(last=False).servable


@pytest.mark.parametrize(
    ("size", "age", "rule"),
    [
        ("5s", DAY, Rule.BARS_SIX_MONTHS),
        ("30s", 183 * DAY, Rule.BARS_SIX_MONTHS),
        ("30s", 184 * DAY, Rule.BARS_TOO_OLD),
        ("1m", 184 * DAY, Rule.BARS),
    ],
)
def test_small_bars_are_kept_for_six_months(size: str, age: int, rule: Rule) -> None:
    assert rules.of_bar(BarSize.parse(size), NOW - age, NOW, complete=True) is rule


def test_a_bar_that_runs_is_not_to_be_had_yet() -> None:
    assert rules.of_bar(BarSize.parse("1m"), NOW, NOW, complete=False) is Rule.UNFINISHED


def test_executions_are_served_since_midnight_in_new_york() -> None:
    midnight = parse("2026-01-09T05:00")
    assert rules.midnight(NOW) == rules.midnight(midnight) == midnight
    assert rules.of_order_event("filled", midnight, NOW).servable
    assert not rules.of_order_event("filled", midnight - SECOND, NOW).servable
    assert not rules.of_order_event("changed", NOW, NOW).servable
