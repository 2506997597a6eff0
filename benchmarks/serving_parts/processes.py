"""The gateway's process and the server's, for as long as a block, and what the system says of them."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx

from market.errors import SetupError

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds within which a process has to start, or to end."""

PAGE = resource.getpagesize()
LINES = 2000
"""Market-data lines, so that a hundred streams tick by tick are allowed (the simulator's ``--lines``)."""

Way = Literal["serve", "uvicorn"]
COMMANDS: dict[Way, tuple[str, ...]] = {
    "serve": (str(ROOT / "main.py"), "serve"),
    "uvicorn": ("-m", "uvicorn", "--app-dir", str(ROOT), "--log-level", "warning", "ib_api.server:app"),
}
TOLD = {
    "IB_MARKET_DATA_LINES": str(LINES),
    "IB_LOG_LEVEL": "error",
    "IB_STREAM_CLIENTS_PER_IP": "100000",
    "IB_STREAM_CONNECTS_PER_MINUTE": "10000000",
    "IB_STREAM_STREAM_TIMEOUT": "3600",
}


class Gateway:
    """The simulated gateway; see `benchmarks.serving_parts.gateway`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        first = self._line()
        self.port: int = first["port"]
        self.contracts: list[int] = first["contracts"]

    @property
    def streams(self) -> int:
        """How many it sends at present."""
        return int(self._ask("streams")["streams"])

    def notes(self, path: Path) -> Path:
        """Have it leave there (a name that ends in ``.npz``) what it wrote when."""
        self._ask(f"notes {path}")
        return path

    def _ask(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(word, file=self._process.stdin, flush=True)
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        if not text:
            raise SetupError("the gateway's process has ended; its words are above")
        answer: dict[str, Any] = json.loads(text)
        return answer


class Server:
    """The streaming server; `folder` holds its store."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, folder: Path) -> None:
        self._process = process
        self.port = port
        self.folder = folder
        self._proc = Path(f"/proc/{process.pid}")

    def get(self, path: str) -> httpx.Response:
        """A request that has an end."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)

    def metric(self, name: str) -> float:
        """One of the numbers under ``/metrics``."""
        found = re.search(rf"^{name} (\S+)$", self.get("/metrics").text, re.MULTILINE)
        if found is None:
            raise SetupError(f"the server has no metric {name}")
        return float(found[1])

    @property
    def resident(self) -> int:
        """Bytes of memory that it holds."""
        return int((self._proc / "statm").read_text().split()[1]) * PAGE

    @property
    def cpu(self) -> float:
        """CPU seconds that it has used."""
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def sockets(self) -> int:
        """Its open sockets."""
        found = 0
        for each in (self._proc / "fd").iterdir():
            with contextlib.suppress(OSError):
                found += os.readlink(each).startswith("socket:")
        return found

    @property
    def threads(self) -> int:
        """Its threads."""
        return len(list((self._proc / "task").iterdir()))

    def terminate(self) -> float:
        """Send SIGTERM; the answer is the moment at which that was (seconds of `time.monotonic`)."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        return began

    def ended(self) -> float:
        """Wait for its end; the moment of that."""
        self._process.wait(PATIENCE)
        return time.monotonic()

    def wait_ready(self) -> None:
        """Until it is connected to the gateway; raise `SetupError` when that takes too long."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if self.get("/health").status_code == 200:
                    return
            time.sleep(0.05)
        raise SetupError("the server did not become ready; its words are above")


@contextlib.contextmanager
def gateway(contracts: int, rate: float) -> Iterator[Gateway]:
    """A gateway with so many contracts, each with `rate` ticks a second of a kind."""
    module = "benchmarks.serving_parts.gateway"
    arguments = ("--contracts", str(contracts), "--rate", str(rate), "--lines", str(LINES))
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child, _ending(child):
        yield Gateway(child)
        assert child.stdin is not None
        child.stdin.close()
        child.wait(PATIENCE)


@contextlib.contextmanager
def server(gateway_port: int, way: Way = "serve", **told: str) -> Iterator[Server]:
    """A server of that gateway, with a store of its own; `told` are settings as environment variables."""
    with (
        tempfile.TemporaryDirectory(prefix="serving-") as name,
        socket.create_server(("127.0.0.1", 0)) as free,
    ):
        folder, port = Path(name), free.getsockname()[1]
        free.close()
        child = subprocess.Popen(
            [sys.executable, *COMMANDS[way], *_place(way, port)],
            cwd=folder,
            env=_environment(gateway_port, folder) | told,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        with child, _ending(child):
            running = Server(child, port, folder)
            running.wait_ready()
            yield running
            if child.poll() is None:
                running.terminate()
                running.ended()


def _place(way: Way, port: int) -> tuple[str, ...]:
    return ("--port", str(port)) if way == "uvicorn" else ("--bind", f"127.0.0.1:{port}")


def _environment(gateway_port: int, folder: Path) -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("IB_")}
    return theirs | TOLD | {"IB_STREAM_PORTS": str(gateway_port), "IB_DATA_DIR": str(folder / "data")}


@contextlib.contextmanager
def _ending(child: "subprocess.Popen[str]") -> Iterator[None]:
    try:
        yield
    finally:
        if child.poll() is None:
            child.kill()
