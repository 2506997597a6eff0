import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.app import main
from market.clock import RealClock
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.programs import COMMAND, Program, environment

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Call = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., Program]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program in an empty folder, as a user does: `run("stream", "AAPL", ...)`."""

    def run_main(*arguments: str, pipe_to: str = "") -> "subprocess.CompletedProcess[str]":
        command = [*COMMAND, *arguments]
        if pipe_to:
            quoted = " ".join(f"'{word}'" for word in command)
            command = ["bash", "-c", f"{quoted} | {pipe_to}; exit ${{PIPESTATUS[0]}}"]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
        )

    return run_main


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the program in the same folder as `run` and go on; what still runs at the end is killed."""
    running = list[Program]()

    def start_main(*arguments: str) -> Program:
        running.append(Program(tmp_path, *arguments))
        return running[-1]

    yield start_main
    for program in running:
        program.kill()


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """As `run`, within this process: quicker, for what does not depend on being a program of its own."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ.keys() - environment().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("IB_LOG_AUTOSETUP", "false")

    def call_main(*arguments: str) -> "subprocess.CompletedProcess[str]":
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return call_main


@pytest.fixture(scope="module")
def gateway_port() -> Iterator[int]:
    """A simulated gateway on a free port, open around the clock."""
    with run_in_thread(generated(seed=1, feed="consistent", always_open=True), RealClock()) as gateway:
        yield gateway.port
