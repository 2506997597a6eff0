"""Answers that are no data: errors, and the promise of a stream."""

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ib_stream.call import Call
from ib_stream.refusals import body_of, refusal_of
from ib_stream.service import Service


class Problem(BaseModel):
    """Why something was not done; `code` is for programs."""

    code: str
    message: str
    details: str


class Refused(BaseModel):
    """The body of every answer with a status of 400 or more."""

    type: str
    timestamp: str
    error: Problem
    request_id: str
    candidates: list[str] | None = None


class EventStream(Response):
    """An answer that the hub writes, once FastAPI has done its part; it sends nothing itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the response to `App`."""


def refused(service: Service, call: Call, error: Exception) -> Response:
    """The answer that says why not."""
    refusal = refusal_of(error)
    body = body_of(refusal, service.clock.now(), call.id)
    body["error"]["message"] = service.redact.message(body["error"]["message"])
    return JSONResponse(body, refusal.status, refusal.headers)
