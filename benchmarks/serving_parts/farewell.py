"""SIGTERM while many listen: who is told, and how soon the process is gone."""

import asyncio
import resource
from typing import Any

from benchmarks.serving_parts import processes
from benchmarks.serving_parts.listener import Listener, decode, listen

AT_ONCE = 50
"""Clients that connect at the same time."""


def measure(streams: int) -> dict[str, Any]:
    """With so many streams of ten contracts under plain ``uvicorn ib_api.server:app``."""
    _allow_files(2 * streams + 200)
    with processes.gateway(10, 10) as gateway, processes.server(gateway.port, "uvicorn") as server:
        return asyncio.run(_farewells(server, gateway.contracts, streams))


async def _farewells(server: processes.Server, contracts: list[int], streams: int) -> dict[str, Any]:
    begun, told, all_begun = set[int](), set[int](), asyncio.Event()

    def take(client: int, data: bytes) -> None:
        begun.add(client)
        if len(begun) == streams:
            all_begun.set()
        if decode(data).code == "server_shutdown":
            told.add(client)

    async def join(client: int) -> Listener:
        path = f"/stream/{contracts[client % len(contracts)]}/BidAsk"
        async with some:
            return await listen(server.port, path, lambda _, data: take(client, data))

    some = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(3 * processes.PATIENCE):
        clients = await asyncio.gather(*map(join, range(streams)))
        await all_begun.wait()
    began = server.terminate()
    ended = asyncio.create_task(asyncio.to_thread(server.ended))
    async with asyncio.timeout(processes.PATIENCE):
        await asyncio.gather(*(each.over for each in clients))
        last = asyncio.get_running_loop().time()
        exit_seconds = await ended - began
    return {
        "streams": streams,
        "told": len(told),
        "last_closed_seconds": round(last - began, 3),
        "exit_seconds": round(exit_seconds, 3),
    }


def _allow_files(most: int) -> None:
    """Let this process and its children have so many files open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < most:
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
