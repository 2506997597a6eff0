import json
from pathlib import Path

import pytest

from cli.app import main
from cli.quota import lines, programs
from ib_api.scheduling import Ask, Scheduler
from ib_api.scheduling.memory import path_for
from market.clock import DrivenClock, RealClock
from market.errors import PacingRefused
from market.times import SECOND


def busy(folder: Path, clock: DrivenClock | RealClock) -> Scheduler:
    """A program with five streams of two users, which wants one more."""
    scheduler = Scheduler(clock, memory=path_for(folder, "127.0.0.1", 7497, 3))
    for each in range(4):
        scheduler.take(Ask(kind="ticks", user="recorder" if each else "chart", contract_id=each))
    return scheduler


def test_who_uses_what_is_shown(tmp_path: Path) -> None:
    clock = DrivenClock(0)
    scheduler = busy(tmp_path, clock)
    scheduler.take(Ask(kind="ticks", contract_id=9)).ended(PacingRefused("full", code=10190))
    clock.advance(SECOND)
    scheduler.take(Ask(kind="line", user="chart"))
    (program,) = programs(tmp_path, SECOND)
    shown = list(lines(program))
    assert shown[0].startswith("127.0.0.1:7497 client 3 (process ")
    assert (
        "  tick-by-tick streams          4 of 4    chart 1, recorder 3; other programs use the rest of 5"
        in shown
    )
    assert "  market-data lines             1 of 100  chart 1" in shown


def test_the_rate_of_messages_is_nothing_once_a_second_has_passed(tmp_path: Path) -> None:
    busy(tmp_path, DrivenClock(0))
    (now,), (later,) = programs(tmp_path, SECOND - 1), programs(tmp_path, SECOND)
    assert (now.quota.messages.used, later.quota.messages.used) == (4, 0)


def test_the_command_prints_a_program_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    busy(tmp_path, RealClock())
    assert main(["quota", "--json", "--data-dir", str(tmp_path), "--log-dir", str(tmp_path / "logs")]) == 0
    program = json.loads(capsys.readouterr().out)
    assert (program["client_id"], program["quota"]["tick_by_tick"]["users"]) == (
        3,
        {"chart": 1, "recorder": 3},
    )


def test_that_nobody_is_connected_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quota", "--data-dir", str(tmp_path), "--log-dir", str(tmp_path / "logs")]) == 0
    assert "no program of ours is connected" in capsys.readouterr().err
