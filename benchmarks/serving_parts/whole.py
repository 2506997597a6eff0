"""From the gateway's socket to the client: how late every tick is, and whether the server's memory stays."""

import asyncio
import time
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.serving_parts import notes, processes
from benchmarks.serving_parts.listener import Listener, decode, listen
from benchmarks.serving_parts.market import crowd
from benchmarks.serving_parts.notes import Notes
from data_processing.timeseries_db import TimeseriesDB
from market.events import TickType
from market.times import SECOND

CONTRACTS, RATE = 50, 40.0
COLUMNS: dict[TickType, tuple[str, ...]] = {
    "Last": ("price", "size"),
    "BidAsk": ("bid", "ask", "bid_size", "ask_size"),
}
EVER = (0, 2**62)
EACH = 2
"""Clients of each contract."""

WARM_UP = 5.0
CATCH_UP = 2.0
"""Seconds after which whoever listens has all that was written before."""


def measure(seconds: float) -> dict[str, Any]:
    """So many seconds, after some of warming up."""
    with processes.gateway(CONTRACTS, RATE) as gateway, processes.server(gateway.port) as server:
        figures, sent = asyncio.run(_listening(server, gateway, seconds))
        server.terminate()
        server.ended()
        return figures | {"stored": _stored(server.folder / "data", sent)}


def kind_of(place: int) -> TickType:
    """Contracts stream trades and quotes in turn."""
    return "BidAsk" if place % 2 else "Last"


async def _listening(
    server: processes.Server, gateway: processes.Gateway, seconds: float
) -> tuple[dict[str, Any], dict[int, Notes]]:
    got, clients = dict[int, list[Notes]](), list[Listener]()
    for place, contract in enumerate(gateway.contracts):
        got[contract] = [notes.empty() for _ in range(EACH)]
        for each in got[contract]:
            path = f"/stream/{contract}/{kind_of(place)}"
            clients.append(await listen(server.port, path, _taking(each)))
    await asyncio.sleep(WARM_UP)
    began, cpu, memory = time.monotonic_ns(), server.cpu, [server.resident]
    for _ in range(2):
        await asyncio.sleep(seconds / 2)
        memory.append(server.resident)
    ended, cpu = time.monotonic_ns(), server.cpu - cpu
    await asyncio.sleep(CATCH_UP)
    sent = notes.read(await asyncio.to_thread(gateway.notes, server.folder / "notes.npz"))
    for client in clients:
        client.transport.close()
    figures = judged(sent, got, began, ended) | {
        "contracts": CONTRACTS,
        "clients": len(clients),
        "seconds": seconds,
        "cores": round(cpu * SECOND / (ended - began), 3),
        "memory_mb": [round(each / 1e6, 1) for each in memory],
        "growth_mb": round((memory[-1] - memory[1]) / 1e6, 1),
    }
    return figures, sent


def _taking(into: Notes) -> Any:
    def take(_: bytes, data: bytes) -> None:
        now = time.monotonic_ns()
        message = decode(data)
        if message.type == "tick" and message.data is not None:
            into.add(now, notes.content_of(message.data.values))

    return take


def judged(
    sent: dict[int, Notes], got: Mapping[int, Sequence[Notes]], began: int, ended: int
) -> dict[str, Any]:
    """What came of the ticks written between two moments, and how late."""
    late, due, wrong = array("q"), 0, 0
    for contract, each in sent.items():
        first, last = (int(np.searchsorted(each.times, moment)) for moment in (began, ended))
        for client in got[contract]:
            due += last - first
            place = notes.matched(each, client)
            if place is None:
                wrong += 1
                continue
            begin, end = max(first, place), min(last, place + len(client.times))
            ours = client.times[begin - place : end - place]
            late.extend(b - a for a, b in zip(each.times[begin:end], ours, strict=True))
    ordered = np.sort(np.frombuffer(late, np.int64)) / 1e6 if late else np.array([np.nan])
    return {
        "sent": sum(len(each.times) for each in sent.values()),
        "ticks_per_second": round(due / EACH / ((ended - began) / SECOND)),
        "delivered": round(len(late) / due, 6) if due else 0.0,
        "wrong_clients": wrong,
        "p50_ms": round(float(np.percentile(ordered, 50)), 2),
        "p99_ms": round(float(np.percentile(ordered, 99)), 2),
        "worst_ms": round(float(ordered[-1]), 1),
    }


def _stored(folder: Path, sent: dict[int, Notes]) -> float:
    """The share of the contracts of which the store has every tick in its order."""
    whole = 0
    with TimeseriesDB.open(folder, crowd(CONTRACTS, RATE).source) as db:
        for place, (contract, each) in enumerate(sorted(sent.items())):
            kind = kind_of(place)
            table = db.ticks(contract, "SMART", kind, *EVER)
            columns = (table[name].to_pylist() for name in COLUMNS[kind])
            found = array("q", map(notes.content_of, zip(*columns, strict=True)))
            whole += found[: len(each.contents)] == each.contents
    return whole / len(sent)
