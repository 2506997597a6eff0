import asyncio

import pytest

from market.errors import SetupError
from simulator.faults.board import Board
from simulator.faults.control import Control, serve
from simulator.faults.registry import KINDS
from tests.simulator.faults.stage import Stage, errors


def staged() -> tuple[Stage, Control]:
    stage = Stage()
    return stage, Control(stage.gateway, Board(stage.gateway))


def test_commands_are_the_words_of_scripts() -> None:
    stage, control = staged()
    client = stage.client(5)
    assert control.answer("clients") == "ok 5"
    assert control.answer("offline data=lost for=20s") == "ok offline begins, ends in 20 s"
    assert control.answer("list") == "ok offline data=lost"
    assert control.answer("clock_skewed by=3s at=5s") == "ok clock_skewed begins in 5 s"
    assert errors(client.wait(20)) == [(-1, 1100), (-1, 1101)]
    assert control.answer("end clock_skewed") == "ok 1 ended"
    assert control.answer("list") == "ok no fault is on"
    assert control.answer("end") == "ok 0 ended"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cutt", "error unknown fault 'cutt'; did you mean 'cut'?"),
        ("stalled AAPL", "error 'AAPL' has no '='; it is written: stalled symbol=... [for=20s]"),
        ("stalled symbol=ZZZ", "error the simulated market has no contract 'ZZZ'; see its listings"),
        ("cut client=4", "error no client 4 is connected; connected are: none"),
        ("end nothing", "error unknown fault 'nothing'; did you mean 'competing'?"),
        ("cut 'client", "error No closing quotation"),
    ],
)
def test_a_command_that_fails_is_answered_with_one_line(line: str, says: str) -> None:
    answer = staged()[1].answer(line)
    assert answer.startswith(says)
    assert "\n" not in answer


def test_help_names_every_fault_and_its_words() -> None:
    control = staged()[1]
    listed = control.answer("help").split()
    assert set(KINDS) <= set(listed)
    assert control.answer("help delayed").startswith("ok delayed [by=0.5] [client=] -- Everything")
    assert control.answer("") == "ok"


async def test_the_control_port_answers_each_line_with_a_line() -> None:
    stage, control = staged()
    server = await serve(control, 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"silent\nlist\n")
    assert await reader.readline() == b"ok silent begins\n"
    assert await reader.readline() == b"ok silent\n"
    assert stage.gateway.services.trouble.no_handshake == 1
    writer.close()
    await writer.wait_closed()
    with pytest.raises(SetupError, match="choose another"):
        await serve(control, port)
    server.close()
    await server.wait_closed()
