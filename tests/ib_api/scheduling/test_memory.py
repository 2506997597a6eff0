import json
import os
from pathlib import Path

import pytest

from ib_api.scheduling import Ask, Priority, Scheduler
from ib_api.scheduling.memory import Saved, path_for, read
from market.clock import DrivenClock
from market.errors import PacingRefused, SetupError
from market.times import SECOND
from tests.ib_api.scheduling.ib_rules import IBRules
from tests.ib_api.scheduling.play import Play, Step

START = 1_800_000_000 * SECOND
SMALL = Ask(kind="history", priority=Priority.HISTORY, contract_id=1, what="TRADES", small=True, identity="a")
TICKS = Ask(kind="ticks", contract_id=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return path_for(tmp_path, "127.0.0.1", 7497, 1)


def after(seconds: float) -> DrivenClock:
    return DrivenClock(START + round(seconds * SECOND))


def test_a_restart_of_ours_does_not_forget_what_ib_still_counts(file: Path) -> None:
    first = Scheduler(after(0), memory=file)
    first.take(SMALL)
    first.take(TICKS)
    second = Scheduler(after(5), memory=file)
    assert second.quota().small_history.used == 1
    assert (second.delay(SMALL), second.delay(TICKS)) == (10.25, 10.25)
    with pytest.raises(PacingRefused, match="tick-by-tick data of this contract in 10 s"):
        second.take(TICKS)


def test_the_third_run_remembers_the_first(file: Path) -> None:
    Scheduler(after(0), memory=file).take(SMALL)
    Scheduler(after(20), memory=file).take(SMALL)
    assert Scheduler(after(40), memory=file).quota().small_history.used == 2


def test_what_is_older_than_every_rule_is_forgotten(file: Path) -> None:
    Scheduler(after(0), memory=file).take(SMALL)
    Scheduler(after(700), memory=file).take(TICKS)
    saved = read(file)
    assert saved is not None
    assert [ask.kind for _, ask in saved.sent] == ["ticks"]


def test_the_budget_of_history_is_the_logins_whichever_client_used_it(file: Path) -> None:
    Scheduler(after(0), memory=file).take(SMALL)
    assert Scheduler(after(1), memory=file.with_name("2.json")).quota().small_history.used == 1


def test_a_clock_that_was_put_back_makes_nothing_allowed(file: Path) -> None:
    Scheduler(after(3600), memory=file).take(SMALL)
    assert Scheduler(after(0), memory=file).delay(SMALL) == 15.25


def test_a_damaged_file_is_told_and_costs_the_memory_only(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('{"pid": 1')
    assert Scheduler(after(0), memory=file).delay(SMALL) == 0
    assert "cannot be read" in caplog.text


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pacing").write_text("a file stands in the way")
    with pytest.raises(SetupError, match="choose another data folder"):
        Scheduler(after(0), memory=path_for(tmp_path, "h", 1, 1))


def test_what_is_held_is_written_down_for_others_to_see(file: Path) -> None:
    clock = after(0)
    scheduler = Scheduler(clock, memory=file)
    permit = scheduler.take(Ask(kind="line", user="chart"))
    clock.advance(SECOND)
    scheduler.take(Ask())
    saved = read(file)
    assert saved is not None
    assert (saved.quota.lines.users, saved.running) == ({"chart": 1}, True)
    clock.advance(SECOND)
    permit.release()
    assert json.loads(file.read_bytes())["quota"]["lines"]["used"] == 0


def test_a_program_that_has_ended_is_not_running(file: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    quota = Scheduler(after(0)).quota()
    assert not Saved(pid=child, time=0, quota=quota).running


async def test_no_limit_is_exceeded_over_a_restart(file: Path) -> None:
    clock, rules = after(0), IBRules()
    steps = [
        Step(Ask(kind="history", contract_id=each % 9, what="BID_ASK", small=True, identity=str(each % 20)))
        for each in range(28)
    ]
    ticks = [Step(Ask(kind="ticks", contract_id=each)) for each in range(5)]
    for _ in range(3):
        # Each run of ours ends as soon as it has sent all that it may, and the next asks for the same.
        play = Play(Scheduler(clock, memory=file), clock, rules)
        await play.run([*steps, *ticks])
    assert rules.broken == []
    assert len(rules.sent) == 3 * 33
    assert clock.now() - START >= 1200 * SECOND
