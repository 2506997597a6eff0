"""One server in a process of its own, and one run of the client against it."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import peers
from market.errors import SetupError

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("load.c")
START_SECONDS = 20
NCHAN = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
load_module {root}/usr/lib/nginx/modules/ngx_nchan_module.so;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 100000000; nchan_shared_memory_size 256M;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location ~ /pub/(\\d+)$ {{
      nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 100; nchan_message_timeout 30s;
    }}
    location ~ /sub/(\\d+)$ {{
      nchan_subscriber eventsource; nchan_channel_id $1; nchan_eventsource_ping_interval 15;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


class Load(NamedTuple):
    """What the client does: ticks a second over all streams, 0 for one tick in flight."""

    name: str
    streams: int
    each: int
    rate: int


class Ports(NamedTuple):
    """Where a server listens, how it is fed, and its processes."""

    port: int
    feed: int
    by: str
    pids: list[int]


def compile_client(folder: Path) -> Path:
    """The client's program; raise `SetupError` without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SetupError("no C compiler for the client; type: sudo apt-get install gcc libc6-dev")
    program = folder / "load"
    subprocess.run([compiler, "-O2", "-pthread", "-o", program, SOURCE], check=True, timeout=60)
    return program


def run(program: Path, ports: Ports, load: Load, warm: float, seconds: float) -> dict[str, Any]:
    """What the client saw; a client that failed gives its words as `failed`."""
    arguments = [
        ports.port,
        "/sub/%d",
        load.streams,
        load.each,
        ports.by,
        ports.feed,
        load.rate,
        warm,
        seconds,
    ]
    pids = ",".join(map(str, ports.pids))
    command = [str(program), *map(str, arguments), pids]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=warm + seconds + 60, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": "the client did not end"}
    if done.returncode:
        return {"failed": (done.stderr.strip() or f"code {done.returncode}").splitlines()[-1]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextlib.contextmanager
def python_side(side: str) -> Iterator[Ports]:
    """A server in Python, from the peers' environment, so that all have the same uvicorn."""
    command = [str(peers.python_of("sse")), "-m", "benchmarks.sse_parts.server", side]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout
            line = child.stdout.readline()
            if not line:
                raise SetupError(f"the server {side} did not start; its words are above")
            found = json.loads(line)
            yield Ports(found["port"], found["feed"], "line", found["pids"])
        finally:
            _end(child)


@contextlib.contextmanager
def nchan(root: Path) -> Iterator[Ports]:
    """Nginx below `root` with its module nchan, one worker, as quick as its documents make it."""
    folder = Path(tempfile.mkdtemp(prefix="nchan-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(NCHAN.format(folder=folder, root=str(root).rstrip("/"), port=port))
    command = [
        str(root / "usr/sbin/nginx"),
        "-c",
        str(config),
        "-p",
        str(folder),
        "-e",
        str(folder / "error.log"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        try:
            _wait_for(port, child)
            workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
            yield Ports(port, port, "http", [int(pid) for pid in workers])
        finally:
            child.terminate()
            _end(child)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SetupError("nginx did not start; its words are above")


def _end(child: "subprocess.Popen[Any]") -> None:
    assert child.stdin
    child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
