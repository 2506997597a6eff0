"""The main job ends cleanly whatever ends it, and what it says it stored is there."""

import re
import signal
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Run, Start
from tests.ib_api.gateway import free_port
from tests.programs import Program, rows

pytestmark = pytest.mark.timeout(90)

SYMBOLS = ("--symbols", "AAPL,TSLA,EURUSD", "--backfill-days", "0.01")


def stored(run: Run) -> int:
    listed = rows(run("data", "list", "--json").stdout)
    return sum(count for name, count in listed.items() if name.split()[-1] in ("Last", "BidAsk"))


def said_stored(job: Program) -> int:
    found = re.search(r"(\d+) ticks and \d+ bars stored", job.said)
    assert found, job.said
    return int(found[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_every_tick_stored(
    start: Start, run: Run, tmp_path: Path, gateway_port: int, number: signal.Signals
) -> None:
    job = start("--port", str(gateway_port), *SYMBOLS)
    job.wait_for("SIMULATED  AAPL", times=2)
    assert job.end(number) == 130, job.said
    assert said_stored(job) == stored(run) > 0
    assert not list((tmp_path / "data").rglob("*.tmp"))
    assert not [path for path in (tmp_path / "data").rglob("*.log") if path.stat().st_size]


def test_a_second_main_job_on_a_store_is_refused_and_the_lock_is_given_back(
    start: Start, run: Run, gateway_port: int
) -> None:
    first = start("--port", str(gateway_port), *SYMBOLS)
    first.wait_for("SIMULATED  AAPL", times=2)
    second = run("--port", str(gateway_port), "--client-id", "2", *SYMBOLS)
    assert second.returncode == 2
    assert "is being written by" in second.stderr.splitlines()[-1]
    assert first.end() == 130
    third = start("--port", str(gateway_port), *SYMBOLS)
    third.wait_for("bars received")
    assert third.end() == 130, third.said
    assert stored(run) >= said_stored(first) > 0


def test_a_gateway_that_stays_away_ends_it_with_everything_stored_once_the_attempts_are_used_up(
    start: Start, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("IB_RECONNECT_ATTEMPTS=2")
    port = str(free_port())
    gateway = start("sim", "--24h", "--port", port)
    gateway.wait_for("Ctrl-C ends it")
    job = start("--port", port, *SYMBOLS)
    job.wait_for("SIMULATED  AAPL", times=2)
    gateway.kill()
    assert job.ended() == 3, job.said
    assert "the connection is lost: nothing answers" in job.said.splitlines()[-1]
    assert "What came is stored" in job.said.splitlines()[-1]
    assert said_stored(job) == stored(run) > 0


def test_it_goes_on_when_a_gateway_that_went_away_is_there_again(start: Start, run: Run) -> None:
    port = str(free_port())
    gateway = start("sim", "--24h", "--port", port)
    gateway.wait_for("Ctrl-C ends it")
    job = start("--port", port, *SYMBOLS)
    job.wait_for("SIMULATED  AAPL", times=2)
    gateway.kill()
    job.wait_for("connection lost")
    again = start("sim", "--24h", "--port", port)
    again.wait_for("Ctrl-C ends it")
    job.wait_for("connection ready")
    job.wait_for("SIMULATED  AAPL")
    assert job.end() == 130, job.said
    assert said_stored(job) == stored(run) > 0
