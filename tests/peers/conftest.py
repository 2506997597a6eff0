"""Gateways for clients that run as programs of their own."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import python_of
from market.clock import RealClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated

ROOT = Path(__file__).parents[2]
# What runs in another environment is not for this one to collect.
collect_ignore = ["scripts"]

Serve = Callable[[int], int]
Peer = Callable[..., dict[str, Any]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a gateway that speaks up to a version, open around the clock; the answer is its port."""
    with ExitStack() as running:

        def start(version: int) -> int:
            model = generated(seed=1, feed="tws", always_open=True)
            options = GatewayOptions(feed="tws", server_version=version)
            return running.enter_context(run_in_thread(model, RealClock(), options)).port

        yield start


@pytest.fixture
def peer() -> Peer:
    """Run a script of `scripts` in a peer's environment; the answer is the JSON object it prints."""

    def run(name: str, script: str, *arguments: object) -> dict[str, Any]:
        command = [str(python_of(name)), "-m", f"tests.peers.scripts.{script}", *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return report

    return run
