import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from market.clock import RealClock
from simulator.gateway.server import run_in_thread
from simulator.model import generated

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment() -> dict[str, str]:
    """The caller's, without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IB_")}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program in an empty folder, as a user does: `run("stream", "AAPL", ...)`."""

    def run_main(*arguments: str, pipe_to: str = "") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(ROOT / "main.py"), *arguments]
        if pipe_to:
            quoted = " ".join(f"'{word}'" for word in command)
            command = ["bash", "-c", f"{quoted} | {pipe_to}; exit ${{PIPESTATUS[0]}}"]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
        )

    return run_main


@pytest.fixture(scope="module")
def gateway_port() -> Iterator[int]:
    """A simulated gateway on a free port, open around the clock."""
    with run_in_thread(generated(seed=1, feed="consistent", always_open=True), RealClock()) as gateway:
        yield gateway.port
