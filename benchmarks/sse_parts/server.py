"""One of the servers in Python as a process: prints its ports, serves until its input ends."""

import asyncio
import json
import os
import socket
import sys

import uvicorn

from benchmarks.sse_parts import feed
from benchmarks.sse_parts.sides import SIDES
from market.bus import EventBus


async def serve(side: str) -> None:
    """Serve `side` until standard input is closed."""
    bus = EventBus()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    # Uvicorn's own defaults otherwise: uvloop and httptools where they are installed.
    config = uvicorn.Config(
        SIDES[side](bus), lifespan="off", access_log=False, log_level="error", backlog=2048
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    async with await feed.listen(bus) as fed:
        ports = {"port": listener.getsockname()[1], "feed": feed.port_of(fed), "pids": [os.getpid()]}
        print(json.dumps(ports), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    # Uvicorn would wait for streams that never end by themselves.
    server.should_exit = server.force_exit = True
    await task


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(sys.argv[1]))
