"""Thousands of clients that come and go: what is left of them."""

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.serving_parts import processes
from benchmarks.serving_parts.listener import listen, request

AT_ONCE = 50
WARM_UP = 500
"""Clients before the first look: what is made once and kept is no leak."""

LINGER = 15
"""Seconds that a stream goes on without clients."""

RESET = struct.pack("ii", 1, 0)
CONTRACTS = 20
KEPT = {
    **dict.fromkeys(("tasks", "clients", "topics", "streams", "streams_at_tws", "sockets"), 0),
    # The event loop's pool makes a thread when all that it has are at work, up to so many, and keeps it.
    "threads": (os.cpu_count() or 1) + 4,
}
"""How many more of each are no leak."""


def measure(clients: int) -> dict[str, Any]:
    """What there was before so many connects and disconnects, and after them."""
    with processes.gateway(CONTRACTS, 10) as gateway, processes.server(gateway.port) as server:
        asyncio.run(_come_and_go(server, gateway.contracts, WARM_UP))
        before = _settled(server, gateway)
        began = time.monotonic()
        asyncio.run(_come_and_go(server, gateway.contracts, clients))
        seconds = time.monotonic() - began
        after = _settled(server, gateway)
        return {
            "clients": clients,
            "seconds": round(seconds, 1),
            "answered": int(server.metric(r'truetick_requests_total\{status="200"\}')),
            "before": before,
            "after": after,
            "leaks": sum(max(0, after[name] - before[name] - more) for name, more in KEPT.items()),
        }


def _settled(server: processes.Server, gateway: processes.Gateway) -> dict[str, float]:
    """What there is once nobody listens and no stream lingers, or after twice that time."""
    end = time.monotonic() + 2 * LINGER
    while (found := _there_is(server, gateway))["streams_at_tws"] and time.monotonic() < end:
        time.sleep(0.5)
    return found


def _there_is(server: processes.Server, gateway: processes.Gateway) -> dict[str, float]:
    slots: Mapping[str, Any] = server.get("/stream/info").json()["slots"]
    return {
        "tasks": server.metric("truetick_tasks"),
        "clients": server.metric("truetick_stream_clients"),
        "topics": server.metric("truetick_stream_topics"),
        "streams": slots["streams"],
        "streams_at_tws": gateway.streams,
        "sockets": server.sockets,
        "threads": server.threads,
        "resident_mb": round(server.resident / 1e6, 1),
    }


async def _come_and_go(server: processes.Server, contracts: list[int], clients: int) -> None:
    some = asyncio.Semaphore(AT_ONCE)

    async def visit(number: int) -> None:
        async with some, asyncio.timeout(processes.PATIENCE):
            contract = contracts[number % len(contracts)]
            await VISITS[number % len(VISITS)](server.port, contract)

    await asyncio.gather(*map(visit, range(clients)))


async def _reads(port: int, contract: int) -> None:
    """Gets its first event, and goes."""
    came = asyncio.Event()
    client = await listen(port, f"/stream/{contract}/BidAsk", lambda *_: came.set())
    await came.wait()
    client.transport.close()
    await client.over


async def _reads_topics(port: int, contract: int) -> None:
    """The same with several topics in one stream."""
    came = asyncio.Event()
    topics = f"tick:{contract}:BidAsk,bar:{contract}:1m,status"
    client = await listen(port, f"/stream?topics={topics}", lambda *_: came.set())
    await came.wait()
    client.transport.close()
    await client.over


async def _gets_all(port: int, contract: int) -> None:
    """Stays until the server ends the stream."""
    over = asyncio.Event()

    def take(_: bytes, data: bytes) -> None:
        if b'"complete"' in data:
            over.set()

    client = await listen(port, f"/stream/{contract}/BidAsk?limit=1&timeout=5", take)
    await over.wait()
    client.transport.close()
    await client.over


async def _breaks_off(port: int, contract: int) -> None:
    """Asks, and its line breaks before the answer."""
    loop = asyncio.get_running_loop()
    with contextlib.closing(socket.socket()) as line:
        line.setblocking(False)
        await loop.sock_connect(line, ("127.0.0.1", port))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        await loop.sock_sendall(line, request(f"/stream/{contract}/BidAsk"))


VISITS = (_reads, _breaks_off, _reads_topics, _gets_all)
