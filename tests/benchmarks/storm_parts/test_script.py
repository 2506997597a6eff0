from collections import Counter

import pytest

from benchmarks.storm_parts.script import APART, KINDS, QUIET_END, TAKES_LINE, script
from simulator.faults.registry import KINDS as EVERY

DAY, PORTS = 6.5 * 3_600, (4001, 4002)


def test_a_seed_gives_the_same_script_and_another_seed_another() -> None:
    assert script(3, DAY, 220, PORTS) == script(3, DAY, 220, PORTS) != script(4, DAY, 220, PORTS)


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_fault_comes_more_than_once(seed: int) -> None:
    steps = script(seed, DAY, 220, PORTS)
    counted = Counter(each.fault.name() for each in steps)
    assert len(steps) >= 220
    assert set(counted) == set(EVERY) == {*KINDS, "port_changed"}
    assert min(counted.values()) >= 2


@pytest.mark.parametrize("seed", range(5))
def test_the_last_minutes_are_quiet(seed: int) -> None:
    steps = script(seed, DAY, 220, PORTS)
    assert max(each.at + (each.lasts or 0.0) for each in steps) <= DAY - QUIET_END / 2


@pytest.mark.parametrize("seed", range(5))
def test_nothing_takes_the_line_away_around_a_move(seed: int) -> None:
    steps = script(seed, DAY, 220, PORTS)
    moves = [each.at for each in steps if each.fault.name() == "port_changed"]
    begun = [each.at for each in steps if each.fault.name() in TAKES_LINE]
    assert len(moves) >= 2
    assert min(abs(at - move) for at in begun for move in moves) >= APART - 1


def test_a_calm_day_has_none() -> None:
    assert script(1, DAY, 0, PORTS) == []
