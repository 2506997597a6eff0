import argparse
import asyncio
import os
import pty
from pathlib import Path

import pytest

from cli import sim_faults
from market.errors import BadRequest
from market.times import SECOND
from simulator.faults.board import Board
from simulator.faults.control import Control
from simulator.faults.script import Step
from simulator.faults.services import Offline
from tests.simulator.faults.stage import Stage, errors


def options(faults: Path | None = None, control_port: int | None = None) -> argparse.Namespace:
    return argparse.Namespace(faults=faults, control_port=control_port)


async def test_a_script_plays_while_the_gateway_runs(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {at: 2s, fault: offline, for: 3s}")
    stage = Stage()
    client = stage.client()
    args = options(script)
    async with sim_faults.troubled(stage.gateway, sim_faults.script(args), args):
        assert errors(client.wait(6)) == [(-1, 1100), (-1, 1102)]


async def test_what_begins_and_ends_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()
    async with sim_faults.troubled(stage.gateway, [Step(Offline(), at=1, lasts=2)], options()):
        stage.clock.advance(4 * SECOND)
    said = capsys.readouterr().err.splitlines()
    assert [line.rsplit(" ", 1)[-1] for line in said] == ["begins", "ends"]
    assert all("offline" in line for line in said)


def test_a_bad_script_ends_the_command_with_its_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {fault: cut}\n- {fault: cutt}")
    with pytest.raises(BadRequest, match="line 2: unknown fault 'cutt'; did you mean 'cut'"):
        sim_faults.script(options(script))


async def test_a_control_port_is_named_and_taken(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()
    async with sim_faults.troubled(stage.gateway, (), options(control_port=0)):
        port = int(capsys.readouterr().err.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"clock_skewed by=1m\n")
        assert await reader.readline() == b"ok clock_skewed begins\n"
        writer.close()
        await writer.wait_closed()
    assert stage.gateway.services.trouble.clock_skew == 60_000_000_000


async def test_what_is_typed_at_a_terminal_is_answered_there(capsys: pytest.CaptureFixture[str]) -> None:
    stage, heard = Stage(), asyncio.Event()

    class Listener(Control):
        def answer(self, line: str) -> str:
            heard.set()
            return super().answer(line)

    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal, os.fdopen(ours, "wb", buffering=0) as keyboard:
        sim_faults.listen(Listener(stage.gateway, Board(stage.gateway)), terminal)
        keyboard.write(b"silent\n")
        await asyncio.wait_for(heard.wait(), 5)
        assert capsys.readouterr().err == "ok silent begins\n"
        asyncio.get_running_loop().remove_reader(terminal)
    assert stage.gateway.services.trouble.no_handshake == 1
