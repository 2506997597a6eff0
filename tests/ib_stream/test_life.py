"""Connecting, losing TWS, coming to an end: the life of a server, over TCP."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from simulator import faults
from simulator.faults.lines import Refused
from simulator.gateway.server import GatewayThread
from tests.ib_api.gateway import eventually, free_port
from tests.ib_stream.serving import AAPL, LONG, events, serving
from tests.programs import ROOT, environment

STREAM = f"/stream/{AAPL}/BidAsk"


def test_until_tws_answers_it_is_503_with_a_time_to_come_again(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port, wait=False) as web:
        for path in (STREAM, "/health", "/stream/info", "/stream/active", "/bars/AAPL"):
            answer = web.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
        assert web.get(STREAM).json()["error"]["code"] == "TWS_UNAVAILABLE"
        assert web.get("/health").json()["status"] == "connecting"
        assert web.get("/").status_code == web.get("/metrics").status_code == 200


def test_it_connects_by_itself_once_tws_is_there(tmp_path: Path, tws: GatewayThread) -> None:
    with contextlib.ExitStack() as fault:
        fault.enter_context(faults.applied(tws, Refused()))
        with serving(tmp_path, tws.port, wait=False, client_id="11") as web:
            eventually(lambda: web.service.problem)
            assert web.get("/health").status_code == 503
            fault.close()
            web.until("ready")
            assert web.get("/health").status_code == 200


def test_it_gives_up_after_as_many_attempts_as_it_was_told(tmp_path: Path) -> None:
    with serving(tmp_path, free_port(), wait=False, reconnect_attempts="1") as web:
        web.until("failed")
        health = web.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "failed")
        assert "Start it again" in web.get(STREAM).json()["error"]["details"]


def test_more_streams_than_there_may_be_are_refused(tmp_path: Path, tws: GatewayThread) -> None:
    with serving(tmp_path, tws.port, max_streams="1", client_id="12") as web, web.stream(STREAM) as found:
        next(found)
        answer = web.get("/stream/MSFT/BidAsk")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TOO_MANY_STREAMS")
        assert int(answer.headers["retry-after"]) >= 1


def test_the_farewell_reaches_everybody_when_the_server_goes(tmp_path: Path, tws: GatewayThread) -> None:
    with (
        serving(tmp_path, tws.port, client_id="13") as web,
        web.stream(STREAM) as first,
        web.stream(STREAM) as second,
    ):
        next(first), next(second)
        asyncio.run_coroutine_threadsafe(web.service.drain(), web.service.loop).result(LONG)
        ends = [list(found)[-1].data for found in (first, second)]
        assert [(end["type"], end["code"]) for end in ends] == [("info", "server_shutdown")] * 2
        assert web.get(STREAM).json()["error"]["code"] == "SHUTTING_DOWN"


@pytest.mark.parametrize(
    "command",
    [
        (
            sys.executable,
            "-m",
            "uvicorn",
            "--app-dir",
            str(ROOT),
            "--log-level",
            "warning",
            "ib_api.server:app",
        ),
        (sys.executable, str(ROOT / "main.py"), "serve"),
    ],
    ids=["uvicorn", "serve"],
)
def test_a_signal_ends_it_with_a_farewell(tmp_path: Path, command: tuple[str, ...]) -> None:
    port = free_port()
    where = ("--port", str(port)) if "uvicorn" in command else ("--bind", f"127.0.0.1:{port}")
    process = subprocess.Popen(
        [*command, *where],
        cwd=tmp_path,
        env=environment() | {"IB_SIM": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_ready(process, url)
        with httpx.stream("GET", url + STREAM, timeout=LONG) as response:
            found = events(response.iter_lines())
            next(found)
            process.send_signal(signal.SIGTERM)
            last = list(found)[-1].data
        assert (last["type"], last["code"]) == ("info", "server_shutdown")
        _, said = process.communicate(timeout=LONG)
        assert process.returncode in (130, -signal.SIGTERM), said
        assert "Traceback" not in said
    finally:
        process.kill()
        process.communicate(timeout=LONG)


def _wait_ready(process: "subprocess.Popen[str]", url: str) -> None:
    deadline, ready = time.monotonic() + LONG, False
    with httpx.Client() as client:
        while not ready:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
            with contextlib.suppress(httpx.TransportError):
                ready = client.get(f"{url}/health").status_code == 200
