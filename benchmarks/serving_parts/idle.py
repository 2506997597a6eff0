"""Clients that ask and do not read, beside one that does: what they hold, and what they are told at last."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving_parts import processes
from benchmarks.serving_parts.listener import Message, decode, listen, number_of, request, take_up

CLIENTS = 5
RATE = 400
"""Ticks a second, so that what the system takes for a client is full within seconds."""

WARM_UP = 6.0
READ_SECONDS = 3.0
EVENT = tuple[int, Message]


def measure(seconds: float) -> dict[str, Any]:
    """With clients that read nothing for so many seconds, which are fewer than the server's patience (30)."""
    with processes.gateway(1, RATE) as gateway, processes.server(gateway.port) as server:
        return asyncio.run(_idle(server, gateway.contracts[0], seconds))


async def _idle(server: processes.Server, contract: int, seconds: float) -> dict[str, Any]:
    path = f"/stream/{contract}/BidAsk"
    read = list[EVENT]()
    reader = await listen(server.port, path, lambda id, data: read.append((number_of(id), decode(data))))
    await asyncio.sleep(WARM_UP)
    start = server.resident
    await asyncio.sleep(seconds)
    usual = server.resident - start
    start = server.resident
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(CLIENTS)
        ]
        for line in lines:
            line.sendall(request(path))
        await asyncio.sleep(seconds)
        held = server.resident - start - usual
        queued = [_queued(server.port, line.getsockname()[1]) for line in lines]
        found = await _resumed(lines)
    reader.transport.close()
    gaps = [message for events in found for _, message in events if message.type == "gap"]
    numbers = [number for number, _ in read]
    return {
        "clients": CLIENTS,
        "seconds": seconds,
        "user_space_bytes_each": max(0, held) // CLIENTS,
        "kernel_bytes_each": max(queued),
        "gaps": len(gaps),
        "missed": sum(gap.missed or 0 for gap in gaps),
        "exact": sum(is_exact(numbers, events) for events in found),
        "reader": {"events": len(read), "gaps": sum(each.type == "gap" for _, each in read)},
    }


async def _resumed(lines: Sequence[socket.socket]) -> list[list[EVENT]]:
    """What they get who read at last."""
    found = [list[EVENT]() for _ in lines]
    clients = [
        await take_up(line.dup(), lambda id, data, got=got: got.append((number_of(id), decode(data))))  # type: ignore[misc]
        for line, got in zip(lines, found, strict=True)
    ]
    await asyncio.sleep(READ_SECONDS)
    for client in clients:
        client.transport.close()
    return found


def is_exact(numbers: Sequence[int], events: Sequence[EVENT]) -> bool:
    """Whether a client got every event of `numbers` from its first to its last, or a gap with the count.

    >>> gap = Message("gap", missed=2, after="e-1", until="e-3")
    >>> is_exact([1, 2, 3, 4], [(1, Message("tick")), (3, gap), (4, Message("tick"))])
    True
    >>> is_exact([1, 2, 3, 4, 5], [(1, Message("tick")), (3, gap), (5, Message("tick"))])
    False
    """
    got, told = list[int](), 0
    for number, message in events:
        if message.type == "gap":
            after, until = number_of(message.after.encode()), number_of(message.until.encode())
            missed = [each for each in numbers if after < each <= until]
            if message.missed != len(missed):
                return False
            got += missed
            told += 1
        elif message.type == "tick":
            got.append(number)
    return told > 0 and got == [each for each in numbers if got[0] <= each <= got[-1]]


def _queued(port: int, peer: int) -> int:
    """Bytes that the system keeps for the server's connection with `peer` until they are acknowledged."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = tuple(int(address.rpartition(":")[2], 16) for address in fields[1:3])
        if ports == (port, peer):
            return int(fields[4].partition(":")[0], 16)
    return 0
