"""ib_async's own live tests, which their authors run against a TWS on port 7497 and a gateway on port 4001.

They are read from a checkout of its repository that ``IB_ASYNC_REPO`` names, at tag v1.0.3 or later, and run
in environments of their own: they need a pytest-asyncio before 0.22.
"""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.peers import python_of
from tests.programs import Program

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
PORTS = (7497, 4001)
# From 2.0 on the library takes every 321 for a warning and never ends the what-if that was refused, so that
# its own test waits for ever for the RequestError of code 321 that it asks for, whatever the gateway says.
HANGS = "tests/test_requests.py::test_request_error_raised"


@pytest.fixture
def repository() -> Path:
    where = os.environ.get("IB_ASYNC_REPO")
    if not where:
        pytest.skip("IB_ASYNC_REPO names no checkout of github.com/ib-api-reloaded/ib_async")
    return Path(where)


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[None]:
    """Two gateways as users start them, on the ports that the tests expect."""
    for port in PORTS:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"something listens on port {port} already")
    running = [Program(tmp_path, "sim", "--port", str(port)) for port in PORTS]
    try:
        for program in running:
            program.wait_for("simulated gateway on")
        yield
    finally:
        for program in running:
            program.kill()


@pytest.mark.usefixtures("gateways")
@pytest.mark.parametrize(
    ("environment", "without", "passed"),
    [("ib_async-1.0-tests", (), 3), ("ib_async-2.1-tests", ("--deselect", HANGS), 2)],
)
def test_its_live_tests_pass(
    repository: Path, environment: str, without: tuple[str, ...], passed: int
) -> None:
    command = [str(python_of(environment).with_name("pytest")), "-p", "no:cacheprovider", "tests", *without]
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=repository, env=variables, capture_output=True, text=True, timeout=200, check=False
    )
    assert re.search(rf"\b{passed} passed", done.stdout), done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
