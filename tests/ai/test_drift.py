"""The alarm: quick when volatility jumps, silent for as long as it does not."""

from collections.abc import Callable

import numpy as np
import pytest

from ai.drift import DriftAlarm, LiveCoverage, usual_moves
from ai.meta import Floats
from tests.ai.markets import bars_of

REFERENCE, QUIET = 3000, 20_000
Kind = Callable[[int, int], Floats]


def normal(count: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(count)


def fat_tailed(count: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_t(4, count)


KINDS = pytest.mark.parametrize("kind", [normal, fat_tailed])


@KINDS
@pytest.mark.parametrize("seed", range(6))
def test_at_most_one_false_alarm_in_twenty_thousand(kind: Kind, seed: int) -> None:
    errors = kind(REFERENCE + QUIET, seed)
    alarm = DriftAlarm(errors[:REFERENCE])
    for error in errors[REFERENCE:].tolist():
        alarm.update(error)
    assert alarm.alarms <= 1


@KINDS
@pytest.mark.parametrize("seed", range(6))
def test_a_threefold_jump_is_flagged_within_sixty_bars(kind: Kind, seed: int) -> None:
    errors = kind(REFERENCE + 60, seed)
    alarm = DriftAlarm(errors[:REFERENCE])
    assert sum(alarm.update(3 * error) for error in errors[REFERENCE:].tolist())


def test_a_missing_error_is_not_counted_and_an_alarm_starts_anew() -> None:
    alarm = DriftAlarm(np.linspace(0, 1, 1000))
    assert not alarm.update(float("nan"))
    flags = [alarm.update(5.0) for _ in range(20)]
    assert sum(flags) >= 2
    assert flags.index(True) > 0


def test_nothing_to_compare_with_is_refused() -> None:
    with pytest.raises(ValueError, match="no error to compare"):
        DriftAlarm(np.array([np.nan]))


def test_live_coverage_is_of_the_last_bars_and_says_whether_it_holds() -> None:
    live = LiveCoverage(window=100)
    for number in range(300):
        live.update(-1.0, 0.0 if number % 10 else 2.0, 1.0)
    assert (live.count, live.share.value, live.holds) == (100, 0.9, True)
    for _ in range(100):
        live.update(-1.0, 2.0, 1.0)
    assert (live.share.value, live.holds) == (0.0, False)


def test_a_bar_without_interval_does_not_count() -> None:
    live = LiveCoverage()
    live.update(float("nan"), 1.0, 2.0)
    assert live.count == 0


def test_the_days_pattern_is_no_drift() -> None:
    rng, minutes = np.random.default_rng(4), np.arange(30_000)
    returns = 5e-4 * (1 + 4 * (minutes % 1440 < 30)) * rng.standard_normal(len(minutes))
    bars = bars_of(returns)
    usual, moves = usual_moves(bars[:15_000])
    alarm = DriftAlarm(moves)
    later = np.abs(returns[15_000:]) / usual[minutes[15_000:] % 1440]
    for move in later.tolist():
        alarm.update(move)
    assert alarm.alarms <= 1
    assert usual[:30].mean() == pytest.approx(25e-4, rel=0.2)
