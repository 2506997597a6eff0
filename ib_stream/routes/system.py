"""What the server says of itself: what there is, how it is, and its numbers."""

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ib_stream.call import Call
from ib_stream.metrics import exposition
from ib_stream.service import Service


class Endpoint(BaseModel):
    """One of the things that can be asked."""

    method: str
    path: str
    summary: str


class Root(BaseModel):
    """What this is."""

    name: Literal["truetick"] = "truetick"
    version: str
    docs: str = "/docs"
    endpoints: list[Endpoint]


class Tws(BaseModel):
    """The line to TWS. `source` says whether it is SIMULATED, PAPER or LIVE."""

    connected: bool
    state: str = Field(description="connecting, ready, degraded or disconnected")
    problem: str = Field(description="Why it is not there; empty when it is.")
    source: str | None
    server_version: int | None
    farms: dict[str, str]


class Health(BaseModel):
    """How the server is."""

    status: Literal["connecting", "ready", "degraded", "failed", "stopping"]
    version: str
    read_only: Literal[True] = Field(True, description="No endpoint can place an order.")
    tws: Tws | None = Field(description="For whoever needs no token, or sent it.")
    streams: int
    clients: int


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["server"])

    @routes.get("/", summary="What there is")
    def root(request: Request) -> Root:
        return Root(version=version("truetick"), endpoints=_endpoints(request))

    @routes.get(
        "/health",
        summary="How the server is; 503 while TWS is not there",
        responses={503: {"model": Health, "description": "TWS is not there; see Retry-After."}},
    )
    def health(request: Request, response: Response) -> Health:
        found = health_of(service)
        if not service.door.knows(Call.of(request).caller, request.scope):
            found.tws = None
        if found.status != "ready":
            response.status_code = 503
            response.headers["Retry-After"] = "2"
        return found

    @routes.get(
        "/metrics",
        summary="Numbers for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Prometheus's text format."}},
    )
    def metrics() -> Response:
        body, media_type = exposition(service)
        return Response(body, headers={"content-type": media_type})

    return routes


def health_of(service: Service) -> Health:
    """How a server is now."""
    parts, tws = service.ready, _tws(service)
    status = service.state if service.state != "ready" or tws.connected else "degraded"
    return Health(
        status=status,
        version=version("truetick"),
        read_only=True,
        tws=tws,
        streams=len(parts.feeds.active()) if parts else 0,
        clients=service.hub.stats().clients,
    )


def _tws(service: Service) -> Tws:
    if service.ready is None:
        return Tws(
            connected=False,
            state="disconnected" if service.state in ("failed", "stopping") else "connecting",
            problem=service.redact.message(service.problem),
            source=None,
            server_version=None,
            farms={},
        )
    broker = service.ready.backend.broker
    state = broker.metrics().state
    return Tws(
        connected=state in ("ready", "degraded"),
        state=state,
        problem="" if state in ("ready", "degraded") else "the line is being made anew",
        source=broker.source.label,
        server_version=broker.server_version,
        farms=broker.farms,
    )


def _endpoints(request: Request) -> list[Endpoint]:
    return [
        Endpoint(method=method.upper(), path=path, summary=operation["summary"])
        for path, operations in request.app.openapi()["paths"].items()
        for method, operation in operations.items()
    ]
