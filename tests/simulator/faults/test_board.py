import pytest

from simulator.faults.board import Board
from simulator.faults.script import parse
from simulator.gateway.trouble import Incident
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.faults.stage import Stage, errors
from tests.simulator.gateway.raw_client import AAPL, LATE, request

SECOND = 1_000_000_000
SCRIPT = """
- {at: 2s, fault: offline, data: lost, for: 3s}
- {at: 4s, fault: halted, symbol: AAPL, for: 10s}
- {at: 6s, fault: garbage, size: 12, framed: true}
- {at: 7s, fault: clock_skewed, by: 5s}
- {at: 20s, fault: cut}
"""
REQUESTS = (
    request(59, 1, 4) + request(1, 11, 1, *AAPL, 0, "", 0, 0, ""),
    request(1, 11, 2, *LATE, 0, "", 0, 0, "") + request(97, 3, *AAPL, "AllLast", 10, 0),
    request(50, 3, 5, *AAPL, 5, "TRADES", 0, "") + request(1, 11, 1, *AAPL, 0, "", 0, 0, ""),
    request(20, 6, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 0, "") + request(49, 1),
)


def played() -> tuple[bytes, list[Incident]]:
    stage = Stage()
    client = stage.client()
    Board(stage.gateway).play(parse(SCRIPT))
    kept = []
    for data in REQUESTS:
        client.session.receive(data)
        stage.clock.advance(5 * SECOND)
        kept += client.written
        client.written.clear()
    return b"".join(kept), list(stage.gateway.services.incidents)


def test_the_same_seed_script_clock_and_requests_give_the_same_bytes() -> None:
    first = played()
    assert len(first[0]) > 1_000
    assert played() == first


def test_a_script_s_faults_begin_and_end_at_their_times_and_are_recorded() -> None:
    _, incidents = played()
    recorded = [((each.time - FRIDAY_NOON) // SECOND, each.fault, each.phase) for each in incidents]
    assert recorded == [
        (2, "offline", "begin"),
        (4, "halted", "begin"),
        (5, "offline", "end"),
        (6, "garbage", "begin"),
        (7, "clock_skewed", "begin"),
        (14, "halted", "end"),
        (20, "cut", "begin"),
    ]


def test_a_step_that_cannot_begin_is_logged_and_the_script_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    client = stage.client()
    Board(stage.gateway).play(parse("- {at: 1s, fault: stalled, symbol: NONE}\n- {at: 2s, fault: offline}"))
    assert errors(client.wait(3)) == [(-1, 1100)]
    assert "does not begin: the simulated market has no contract 'NONE'" in caplog.text


def test_ending_a_fault_by_its_name_leaves_the_others() -> None:
    stage = Stage()
    board = Board(stage.gateway)
    for step in parse("- {fault: offline}\n- {fault: silent, for: 9s}\n- {fault: silent}\n- {fault: cut}"):
        board.begin(step)
    assert board.end("silent") == 2
    assert [each.fault.name() for each in board.running] == ["offline"]
    stage.clock.advance(10 * SECOND)
    assert stage.gateway.services.trouble.no_handshake == 0
    assert board.end("") == 1
