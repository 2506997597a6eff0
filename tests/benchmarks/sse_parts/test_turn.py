"""The client in C counts what the hub sends."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sse_parts import feed, sides, turn
from market.bus import EventBus
from tests.ib_stream.hub.tcp import served


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("rate", [0, 500], ids=["one in flight", "500 a second"])
async def test_the_client_gets_every_tick_once_and_in_order(tmp_path: Path, rate: int) -> None:
    program, bus = turn.compile_client(tmp_path), EventBus()
    async with served(sides.truetick(bus), "h11") as (_, port), await feed.listen(bus) as fed:
        ports = turn.Ports(port, feed.port_of(fed), "line", [os.getpid()])
        load = turn.Load("a few", 2, 5, rate)
        found: dict[str, Any] = await asyncio.to_thread(turn.run, program, ports, load, 0.1, 0.3)
    assert found.get("failed") is None
    assert (found["delivered"], found["disordered"]) == (1.0, 0)
    assert found["events_per_second"] > 0
