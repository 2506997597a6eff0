"""What a chart begins with: bars of a time frame, and what is drawn beside them. Streams go on from there."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from data_processing.frames import BASES, Frame, columns, stored
from data_processing.sessions import Timetable
from ib_stream.parameters import Contract, Parameters, Time, time_of
from ib_stream.routes.history import FETCH_SECONDS, instrument_of
from ib_stream.service import Parts, Service
from market.errors import RequestFailed, SetupError
from market.events import Hours
from market.times import DAY, SECOND

MOST_BARS = 20_000
"""A browser draws no more of them smoothly."""

_LONGEST = {"1D": 20 * 366 * DAY}
_REACH = 400 * DAY
_AHEAD = 3 * DAY
_ABOUT = ("contract_id", "symbol", "sec_type", "exchange", "currency", "name", "min_tick", "time_zone")


class FrameQuery(Parameters):
    """Which bars of a time frame."""

    frame: Annotated[str, Field(json_schema_extra={"enum": [*BASES]}, description="The time frame.")] = "1m"
    hours: Annotated[Hours, Field(description="Regular trading hours only, or all.")] = "all"
    end: Annotated[Time | None, Field(description="The time after the last bar (now).")] = None
    start: Annotated[Time | None, Field(description="The first time; without it `limit` counts.")] = None
    limit: Annotated[int, Field(ge=1, le=MOST_BARS, description="About how many bars.")] = 600


class FrameBars(BaseModel):
    """Bars as columns, times in UTC seconds."""

    contract: dict[str, Any]
    source: str = Field(description="SIMULATED, PAPER or LIVE.")
    frame: str
    hours: str
    what: str
    start: int
    end: int
    now: int
    problem: str = Field(description="Why bars may be missing; empty when all there are are here.")
    sessions: list[tuple[int, int]] = Field(description="Regular hours, each its first second and its end.")
    bars: dict[str, list[Any]]


class Marks(BaseModel):
    """What is drawn beside the bars."""

    contract_id: int
    marks: list[dict[str, Any]]


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["chart"], default_response_class=Response)

    @routes.get("/chart/{contract_id}/bars", summary="Bars of a chart's time frame", response_model=FrameBars)
    async def bars(
        contract_id: Annotated[Contract, Path()], query: Annotated[FrameQuery, Query()]
    ) -> Response:
        return await _bars(service.parts, contract_id, query)

    @routes.get("/chart/{contract_id}/marks", summary="What is drawn on a chart", response_model=Marks)
    async def marks(contract_id: Annotated[Contract, Path()]) -> Response:
        instrument = await instrument_of(service.parts, contract_id)
        found = service.marks.of(instrument.contract_id).snapshot()
        body = {"contract_id": instrument.contract_id, "marks": found}
        return Response(msgspec.json.encode(body), media_type="application/json")

    return routes


async def _bars(parts: Parts, name: str, query: FrameQuery) -> Response:
    instrument = await instrument_of(parts, name)
    frame, db = Frame(instrument, query.frame, query.hours), parts.backend.db
    now = parts.backend.clock.now()
    end = time_of(query.end) if query.end else now
    table = await asyncio.to_thread(Timetable.of, db, instrument.contract_id, instrument.exchange)
    start = time_of(query.start) if query.start else _back(table, frame, end, query.limit)
    problem = await _fetched(parts, frame, min(start, end), min(end, now))
    found = await asyncio.to_thread(stored, db, frame, min(start, end), end)
    body = {
        "contract": {each: getattr(instrument, each) for each in _ABOUT} | {"ticker": instrument.ticker},
        "source": parts.backend.broker.source.label,
        "frame": frame.name,
        "hours": frame.hours,
        "what": frame.what,
        "start": min(start, end) // SECOND,
        "end": end // SECOND,
        "now": now // SECOND,
        "problem": problem,
        "sessions": _regular(table, min(start, end), end + _AHEAD),
        "bars": columns(found),
    }
    return Response(msgspec.json.encode(body), media_type="application/json")


def _back(table: Timetable, frame: Frame, end: int, limit: int) -> int:
    """Where a range begins that holds `limit` bars before `end`, by the hours of the contract."""
    length, left = frame.size.nanoseconds, limit * frame.size.nanoseconds
    if not frame.size.intraday:
        return max(end - left * 3 // 2, end - _LONGEST["1D"])
    for session in reversed(table.sessions(frame.hours, end - _REACH, end)):
        trades = min(session.end, end) - session.start
        if trades >= left:
            return (min(session.end, end) - left) // length * length
        left -= trades
    return end - left


async def _fetched(parts: Parts, frame: Frame, start: int, end: int) -> str:
    """Fetch what the store lacks; why it could not be had, where it could not."""
    history = parts.backend.history
    if history is None or start >= end:
        return ""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            await history.backfill(
                frame.instrument, frame.base, start, end, what=frame.what, hours=frame.base_hours, alone=True
            )
    except TimeoutError:
        return f"history did not give all of it within {FETCH_SECONDS:.0f} s; it is asked again later"
    except (RequestFailed, SetupError) as error:
        return str(error)
    return ""


def _regular(table: Timetable, start: int, end: int) -> list[tuple[int, int]]:
    found = table.sessions("rth", start, end)
    return [(each.start // SECOND, each.end // SECOND) for each in found]
