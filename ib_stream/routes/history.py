"""Stored bars and ticks, and the search for contracts: as JSON, CSV or Arrow.

A page holds so many rows at most and ends between two times, never within one; `next` is where the page after
it begins. What the store lacks of bars is asked of TWS first, within `FETCH_SECONDS`.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pyarrow as pa
from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, BaseModel, Field

from data_processing.timeseries_db import TimeseriesDB
from ib_stream.parameters import NAME, Contract, Parameters, Time, contract_name, time_of
from ib_stream.rows import Page, page_of, written
from ib_stream.service import Parts, Service
from market.bar_size import BAR_SIZES, BarSize
from market.errors import BadRequest, ContractNotFound, RequestFailed, RequestTimedOut
from market.events import Hours, TickType
from market.instrument import Instrument
from market.times import DAY, iso

FETCH_SECONDS = 30.0
MOST_ROWS = 100_000
SizeName = Annotated[
    str,
    AfterValidator(lambda text: BarSize.parse(text).name),
    Field(json_schema_extra={"enum": [each.name for each in BAR_SIZES]}),
]
What = Literal["TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK"]
Format = Literal["json", "csv", "arrow"]
BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume", "average", "count", "final")


class Ranged(Parameters):
    """What a question about a range takes."""

    start: Annotated[Time | None, Field(description="The first time (a day before the end).")] = None
    end: Annotated[Time | None, Field(description="The time after the last (now).")] = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows in a page.")] = 10_000
    format: Annotated[Format, Field(description="Arrow is a stream of record batches (IPC).")] = "json"


class BarQuery(Ranged):
    """What a question for bars takes."""

    size: SizeName = "1m"
    what: Annotated[What | None, Field(description="Of what (TRADES; of forex MIDPOINT).")] = None
    hours: Annotated[Hours, Field(description="Regular trading hours only, or all.")] = "all"
    fetch: Annotated[bool, Field(description="Ask TWS for what the store lacks.")] = True


class TickQuery(Ranged):
    """What a question for ticks takes."""

    tick_type: Annotated[TickType, Field(description="Which ticks.")] = "Last"


class Rows(BaseModel):
    """A page of rows. `next` is the start of the page after it, null at the end of the range."""

    contract_id: int
    symbol: str
    exchange: str
    source: str = Field(description="The store's: ib, or a simulated market.")
    start: str
    end: str
    count: int
    next: str | None
    rows: list[dict[str, Any]]


class Found(BaseModel):
    """Contracts that fit a name."""

    query: str
    count: int
    contracts: list[dict[str, Any]]


_TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Rows,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
        },
        "description": "A page of rows; as CSV and Arrow, X-Next is the start of the page after it.",
    }
}


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["history"], default_response_class=Response)

    @routes.get("/bars/{contract_id}", summary="Bars of a contract", responses=_TABLES)
    async def bars(contract_id: Annotated[Contract, Path()], query: Annotated[BarQuery, Query()]) -> Response:
        return await _bars(service.parts, contract_id, query)

    @routes.get("/ticks/{contract_id}", summary="Stored ticks of a contract", responses=_TABLES)
    async def ticks(
        contract_id: Annotated[Contract, Path()], query: Annotated[TickQuery, Query()]
    ) -> Response:
        return await _ticks(service.parts, contract_id, query)

    @routes.get(
        "/contracts/search",
        summary="Contracts that fit a name",
        response_model=Found,
        response_class=Response,
    )
    async def search(
        q: Annotated[
            str,
            AfterValidator(contract_name),
            Query(min_length=1, max_length=64, json_schema_extra={"pattern": NAME}, examples=["AAPL"]),
        ],
    ) -> Response:
        contracts = [msgspec.to_builtins(each) for each in await _fitting(service.parts, q)]
        found = Found(query=q, count=len(contracts), contracts=contracts)
        return Response(found.model_dump_json(), media_type="application/json")

    return routes


async def _fitting(parts: Parts, text: str) -> list[Instrument]:
    """Those of exactly that name first, with their routes; then what IB offers besides."""
    broker = parts.backend.broker
    exact = await broker.find(text)
    known = {each.contract_id for each in exact}
    with contextlib.suppress(RequestFailed):
        return [*exact, *(each for each in await broker.matching(text) if each.contract_id not in known)]
    return list(exact)


async def _bars(parts: Parts, name: str, query: BarQuery) -> Response:
    instrument = await instrument_of(parts, name)
    start, end = await _range(parts, query)
    what = query.what or ("MIDPOINT" if instrument.sec_type == "CASH" else "TRADES")
    size = BarSize.parse(query.size)
    if query.fetch:
        # What cannot be in the page need not be fetched for it.
        until = min(end, start + 2 * query.limit * size.nanoseconds) if size.intraday else end
        await _fetch(parts, instrument, size, start, until, what, query.hours)
    db, key = parts.backend.db, (instrument.contract_id, instrument.exchange)

    def read() -> Page:
        batches = db.bar_batches(*key, size.name, start, end, what=what, hours=query.hours)
        return page_of((each.select(BAR_COLUMNS) for each in batches), query.limit)

    return await _answer(db, instrument, query, start, end, read)


async def _ticks(parts: Parts, name: str, query: TickQuery) -> Response:
    instrument = await instrument_of(parts, name)
    start, end = await _range(parts, query)
    db, key = parts.backend.db, (instrument.contract_id, instrument.exchange)

    def read() -> Page:
        return page_of(_shown(db.tick_batches(*key, query.tick_type, start, end)), query.limit)

    return await _answer(db, instrument, query, start, end, read)


async def _answer(
    db: TimeseriesDB, instrument: Instrument, query: Ranged, start: int, end: int, read: Any
) -> Response:
    page: Page = await asyncio.to_thread(read)
    about = {
        "contract_id": instrument.contract_id,
        "symbol": instrument.ticker,
        "exchange": instrument.exchange,
        "source": db.source,
        "start": iso(start),
        "end": iso(end),
        "count": page.table.num_rows,
        "next": None if page.next is None else iso(page.next),
    }
    body, media_type = await asyncio.to_thread(written, page.table, query.format, about)
    headers = {"X-Next": iso(page.next)} if page.next is not None else {}
    return Response(body, media_type=media_type, headers=headers)


async def instrument_of(parts: Parts, name: str) -> Instrument:
    """The contract meant, of those that the store knows, else of TWS's."""
    with contextlib.suppress(ContractNotFound):
        return parts.backend.db.find_instrument(name)
    instrument = await parts.backend.broker.resolve(name)
    if parts.backend.history is not None:
        parts.backend.db.put_instruments([instrument])
    return instrument


async def _range(parts: Parts, query: Ranged) -> tuple[int, int]:
    end = time_of(query.end) if query.end else parts.backend.clock.now()
    start = time_of(query.start) if query.start else end - DAY
    if start > end:
        raise BadRequest(f"start {iso(start)} lies after end {iso(end)}; swap them")
    return start, end


async def _fetch(
    parts: Parts, instrument: Instrument, size: BarSize, start: int, end: int, what: str, hours: Hours
) -> None:
    history = parts.backend.history
    if history is None:
        return
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            await history.backfill(instrument, size, start, end, what=what, hours=hours, alone=True)
    except TimeoutError:
        raise RequestTimedOut(
            f"TWS did not give all of it within {FETCH_SECONDS:.0f} s; what came is stored: ask again, for a"
            " shorter range, or with fetch=false for what is stored"
        ) from None


def _shown(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Without what is the store's affair."""
    hidden = {"ordinal", "received"}
    for batch in batches:
        yield batch.select([name for name in batch.schema.names if name not in hidden])
