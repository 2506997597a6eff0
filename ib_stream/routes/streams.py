"""The streams: of one contract, and of several topics on one connection."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response

from ib_stream.answers import EventStream
from ib_stream.call import Call
from ib_stream.feeds import Joined
from ib_stream.hub import EventId, Wish
from ib_stream.parameters import EVENT_ID, Contract, Streamed, StreamedContract, StreamedTopics, time_of
from ib_stream.service import Service
from market import times
from market.errors import BadRequest
from market.events import TickType

LastEventId = Annotated[
    str | None,
    Header(
        description="Go on after this event; browsers send it by themselves.",
        max_length=1600,
        json_schema_extra={"pattern": EVENT_ID},
    ),
]
_EVENT = {
    "type": "object",
    "description": "One event: `data` is a line of JSON, an object whose `type` says what it is.",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "pattern": EVENT_ID},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
_EXAMPLE = (
    'id: 68a1f2c3-17\ndata: {"type":"tick","contract_id":265598,"timestamp":"2025-01-15T10:30:00.123Z",'
    '"data":{"type":"bid_ask","bid_price":175.25,"ask_price":175.26,"bid_size":100.0,"ask_size":200.0}}\n\n'
)
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: tick, bar, depth, prediction, info, gap, error ...; see docs/streaming.md.",
        "content": {"text/event-stream": {"schema": _EVENT, "example": _EXAMPLE}},
    },
    204: {"description": "The stream of that Last-Event-ID is complete: there is nothing to go on with."},
}


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["streams"], default_response_class=EventStream)

    @routes.get("/stream", summary="Several topics in one stream", responses=ANSWERS)
    async def several(
        request: Request, query: Annotated[StreamedTopics, Query()], last_event_id: LastEventId = None
    ) -> Response:
        names = [each.strip() for each in query.topics.split(",") if each.strip()]
        return await _stream(service, Call.of(request), names, query, last_event_id)

    @routes.get("/stream/{contract_id}", summary="Ticks of a contract", responses=ANSWERS)
    async def contract(
        request: Request,
        contract_id: Annotated[Contract, Path()],
        query: Annotated[StreamedContract, Query()],
        last_event_id: LastEventId = None,
    ) -> Response:
        names = [f"tick:{contract_id}:{query.tick_type}"]
        return await _stream(service, Call.of(request), names, query, last_event_id)

    @routes.get("/stream/{contract_id}/{tick_type}", summary="Ticks of one kind", responses=ANSWERS)
    async def kind(
        request: Request,
        contract_id: Annotated[Contract, Path()],
        tick_type: Annotated[TickType, Path()],
        query: Annotated[Streamed, Query()],
        last_event_id: LastEventId = None,
    ) -> Response:
        names = [f"tick:{contract_id}:{tick_type}"]
        return await _stream(service, Call.of(request), names, query, last_event_id)

    return routes


async def _stream(
    service: Service, call: Call, names: Sequence[str], query: Streamed, header: str | None
) -> Response:
    """Leave a wish with the call; 204 where its client has had all already."""
    after = _event_id(header or query.last_event_id)
    if after is not None and after.end:
        return Response(status_code=204)
    if after is not None and query.since is not None:
        # A browser sends its last id to the URL that it has, and that is the later of both.
        query = query.model_copy(update={"since": None})
    places = service.door.places
    places.take(call.caller.address)
    call.held.callback(places.give_back, call.caller.address)
    if after is not None:
        await service.opened()
    joined = await service.parts.feeds.join(names, strict=query.strict)
    call.held.callback(joined.leave)
    call.wish = partial(_wish, service, call, joined, query, after)
    return EventStream()


def _wish(service: Service, call: Call, joined: Joined, query: Streamed, after: EventId | None) -> Wish:
    timeout = query.timeout or service.settings.stream_stream_timeout
    hello = [_start(service, call, [topic.name for topic in joined.topics], query, timeout), *joined.hello]
    if after is None and query.since is None:
        hello += joined.snapshot
    return Wish(
        topics=joined.topics,
        after=after,
        since=None if query.since is None else time_of(query.since),
        limit=query.limit,
        timeout=timeout,
        hello=hello,
        extra_headers=call.headers,
        request_id=call.id,
    )


def _event_id(text: str | None) -> EventId | None:
    if not text:
        return None
    try:
        return EventId.parse(text)
    except ValueError as error:
        raise BadRequest(f"Last-Event-ID: {error}") from None


def _start(service: Service, call: Call, names: Sequence[str], query: Streamed, timeout: float) -> bytes:
    """The first event: what has been asked for, and the request's id for whoever reads the log."""
    now = times.to_datetime(service.clock.now()).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode(
        {
            "type": "info",
            "timestamp": now,
            "code": "started",
            "message": f"streaming {', '.join(names)}",
            "request_id": call.id,
            "topics": names,
            "limit": query.limit,
            "timeout": timeout,
        }
    )
