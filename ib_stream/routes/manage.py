"""What can be streamed, what is, and an end to it."""

from typing import Any, get_args

import msgspec
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from ib_stream.parameters import LONGEST_TIMEOUT, MOST_EVENTS, ContractId
from ib_stream.refusals import Refusal
from ib_stream.service import Service
from market.bar_size import BAR_SIZES
from market.events import TickType

TICK_TYPES = {
    "Last": "Trades that set the last price, in regular and in extended hours.",
    "AllLast": "As Last, and combos, derivative and average-price trades too.",
    "BidAsk": "The best bid and ask, at each change.",
    "MidPoint": "The middle between bid and ask.",
}
assert set(TICK_TYPES) == set(get_args(TickType))
TOPICS = {
    "tick:CONTRACT:TYPE": "Ticks of one kind.",
    "bar:CONTRACT:SIZE": "Bars as they form, and when they are final.",
    "candle:CONTRACT:FRAME:HOURS": "Bars of a chart's time frame (1s 5s 1m 5m 15m 1h 1D; all or rth hours).",
    "prediction:CONTRACT:SIZE": "Forecasts of the next bar, where the main job has a model.",
    "depth:CONTRACT": "The order book.",
    "chart:CONTRACT": "What programs draw on a chart: labels, lines, forecasts.",
    "orders": "Orders and fills.",
    "account": "The account's values, positions and profit.",
    "status": "The connection, and what else there is to know.",
}
EVENT_TYPES = (
    "tick bar candle prediction depth mark order fill position value profit status problem info gap error"
    " complete"
)


class Info(BaseModel):
    """What can be streamed, and how much of it is left."""

    tick_types: dict[str, str]
    topics: dict[str, str]
    bar_sizes: list[str]
    formats: list[str] = ["sse"]
    event_types: list[str]
    parameters: dict[str, Any]
    slots: dict[str, Any] = Field(description="Places at TWS and here: how many there are and are left.")


class Active(BaseModel):
    """The streams at this moment."""

    count: int
    streams: list[dict[str, Any]]


class Stopped(BaseModel):
    """How many streams were ended, each for all of its clients."""

    stopped: int


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["management"])
    _fixed(routes)

    @routes.get("/stream/info", summary="Tick types, topics, limits, places left")
    async def info() -> Info:
        return _info(service)

    @routes.get("/stream/active", summary="The streams that run")
    async def active() -> Active:
        streams = msgspec.to_builtins(service.parts.feeds.active())
        return Active(count=len(streams), streams=streams)

    @routes.delete("/stream/all", summary="End all streams, for all clients")
    async def stop_all() -> Stopped:
        return Stopped(stopped=await service.parts.feeds.stop(None))

    @routes.delete("/stream/{contract_id}", summary="End the streams of a contract, for all clients")
    async def stop(contract_id: ContractId) -> Stopped:
        stopped = await service.parts.feeds.stop(contract_id)
        if not stopped:
            raise Refusal(
                404,
                "NO_SUCH_STREAM",
                f"no stream of contract {contract_id} is running",
                "GET /stream/active lists those that are.",
            )
        return Stopped(stopped=stopped)

    return routes


def _fixed(routes: APIRouter) -> None:
    """Paths that stand before ``/stream/{contract_id}`` are no contracts whatever the method."""

    async def not_allowed() -> None:
        raise HTTPException(405)

    for path, method in (("/stream/info", "DELETE"), ("/stream/active", "DELETE"), ("/stream/all", "GET")):
        routes.add_api_route(path, not_allowed, methods=[method], include_in_schema=False)


def _info(service: Service) -> Info:
    settings = service.settings
    return Info(
        tick_types=TICK_TYPES,
        topics=TOPICS,
        bar_sizes=[each.name for each in BAR_SIZES],
        event_types=EVENT_TYPES.split(),
        parameters={
            "limit": {"default": None, "minimum": 1, "maximum": MOST_EVENTS},
            "timeout": {"default": settings.stream_stream_timeout, "maximum": LONGEST_TIMEOUT},
            "tick_type": {"default": "Last", "allowed": list(TICK_TYPES)},
            "format": {"default": "sse", "allowed": ["sse"]},
            "since": {"default": None},
            "last_event_id": {"default": None},
            "strict": {"default": False},
        },
        slots=msgspec.to_builtins(service.parts.feeds.slots()),
    )
