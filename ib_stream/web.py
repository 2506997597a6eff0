"""FastAPI with all routes, errors in the server's own form, and the OpenAPI document."""

from importlib.metadata import version
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from ib_stream.answers import Refused, refused
from ib_stream.call import Call
from ib_stream.parameters import refusal_of_errors
from ib_stream.refusals import Refusal
from ib_stream.routes import chart, history, manage, page, sessions, streams, system
from ib_stream.service import Service
from market.errors import TruetickError

DESCRIPTION = """
Market data of Interactive Brokers as server-sent events: one subscription at TWS for any number of clients,
ids that a stream can be resumed from, and a `gap` with its bounds for whatever cannot be had.
"""
_ANSWERS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refused, "description": "It cannot be done as asked; `error` says why and what to do."},
    "5XX": {"model": Refused, "description": "TWS is not there or did not answer; see Retry-After."},
}


def web(service: Service) -> FastAPI:
    """The application behind `App`; it asks `service` for whatever it needs."""

    app = FastAPI(
        title="truetick",
        version=version("truetick"),
        description=DESCRIPTION,
        responses=_ANSWERS,
        redirect_slashes=False,
    )
    # Fixed paths first: /stream/info is no contract.
    for routes in (system, page, chart, manage, streams, history, sessions):
        app.include_router(routes.router(service))
    _own_errors(app, service)
    return app


def _own_errors(app: FastAPI, service: Service) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        return refused(service, Call.of(request), error)

    async def invalid(request: Request, error: Exception) -> Response:
        names = _parameters(request)
        found = cast("RequestValidationError", error).errors()
        return refused(service, Call.of(request), refusal_of_errors(found, names))

    async def http(request: Request, error: Exception) -> Response:
        status, advice = cast("HTTPException", error).status_code, "GET / lists what there is."
        if status == 405:
            refusal = Refusal(405, "METHOD_NOT_ALLOWED", f"no {request.method} here", advice)
            answer = refused(service, Call.of(request), refusal)
            answer.headers["Allow"] = ", ".join(_methods(app, request.url.path))
            return answer
        return refused(
            service, Call.of(request), Refusal(status, "NOT_FOUND", "there is no such path", advice)
        )

    app.add_exception_handler(TruetickError, ours)
    app.add_exception_handler(Exception, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _methods(app: FastAPI, path: str) -> list[str]:
    """All that a path takes: several routes may have it, a method each."""
    for template, operations in app.openapi()["paths"].items():
        if compile_path(template)[0].match(path):
            return sorted(method.upper() for method in operations)
    return ["GET"]


def _parameters(request: Request) -> list[str]:
    """The names of a route's parameters in the query."""
    fields = request.scope["route"].dependant.query_params
    return [
        name
        for field in fields
        for name in getattr(field.field_info.annotation, "model_fields", {field.alias: None})
    ]
