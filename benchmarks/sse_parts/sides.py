"""The servers in Python, each as its users would write it; all take quotes from one bus.

`truetick` is the hub, `truetick asgi` the same without uvicorn's transport. Of the two peers,
`sse-starlette` and `streaming` (a plain `StreamingResponse`), each has a queue of 100 for every client
and makes the JSON for each, as their documents show it; `sse-starlette once` makes it once for all.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from ib_stream import wire
from market.bus import EventBus
from market.clock import RealClock
from market.events import Quote

HEARTBEAT = 15
BUFFER = 100
App = Callable[..., Any]


def truetick(bus: EventBus, way: Any = "direct") -> App:
    """The hub behind a plain ASGI function."""
    from ib_stream.hub import Hub, Wish

    hub = Hub(RealClock(), epoch="bench", heartbeat=HEARTBEAT, way=way)

    def publish(quote: Quote) -> None:
        topic = hub.topic(f"tick:{quote.contract_id}:BidAsk", "replay")
        hub.publish(topic, wire.tick_line(quote), quote.received)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        stream = scope["path"].rpartition("/")[2]
        wish = Wish(topics=(hub.topic(f"tick:{stream}:BidAsk", "replay"),), limit=10**12, timeout=3600)
        await hub.serve(wish, scope, receive, send)

    bus.subscribe(Quote, publish)
    return app


class Queues:
    """A queue for each client of each stream; a full one loses the tick."""

    def __init__(self, bus: EventBus, encode: Callable[[Quote], Any]) -> None:
        self._clients: dict[int, set[asyncio.Queue[Any]]] = {}
        self._encode = encode
        self.n = 0
        bus.subscribe(Quote, self._put)

    def _put(self, quote: Quote) -> None:
        self.n += 1
        item = (self.n, self._encode(quote))
        for queue in self._clients.get(quote.contract_id, ()):
            if not queue.full():
                queue.put_nowait(item)

    async def items(self, stream: int, limit: int = 10**12) -> AsyncIterator[tuple[int, Any]]:
        """What comes to one new client."""
        queue: asyncio.Queue[Any] = asyncio.Queue(BUFFER)
        self._clients.setdefault(stream, set()).add(queue)
        try:
            for _ in range(limit):
                yield await queue.get()
        finally:
            self._clients[stream].discard(queue)


def sse_starlette(bus: EventBus, *, once: bool = False) -> App:
    """An `EventSourceResponse` over a queue for each client."""
    from sse_starlette import EventSourceResponse
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.routing import Route

    queues = Queues(bus, (lambda quote: wire.tick_line(quote).decode()) if once else wire.tick_message)

    async def generate(stream: int) -> AsyncIterator[dict[str, str]]:
        async for n, item in queues.items(stream):
            yield {"id": f"bench-{n}", "data": item if once else json.dumps(item)}

    async def stream(request: Request) -> Any:
        return EventSourceResponse(generate(request.path_params["stream"]), ping=HEARTBEAT)

    app: App = Starlette(routes=[Route("/sub/{stream:int}", stream)])
    return app


def streaming(bus: EventBus) -> App:
    """A `StreamingResponse` over a queue for each client."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    queues = Queues(bus, wire.tick_message)

    async def generate(stream: int) -> AsyncIterator[str]:
        yield ": ok\n\n"
        async for n, item in queues.items(stream):
            yield f"id: bench-{n}\ndata: {json.dumps(item)}\n\n"

    async def stream(request: Request) -> Any:
        return StreamingResponse(generate(request.path_params["stream"]), media_type="text/event-stream")

    app: App = Starlette(routes=[Route("/sub/{stream:int}", stream)])
    return app


SIDES: dict[str, Callable[[EventBus], App]] = {
    "truetick": truetick,
    "truetick asgi": lambda bus: truetick(bus, "asgi"),
    "sse-starlette": sse_starlette,
    "sse-starlette once": lambda bus: sse_starlette(bus, once=True),
    "streaming": streaming,
}
