"""What stands for the token where it cannot be sent: a ticket in a URL, a cookie for pages."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ib_stream.guard.credentials import COOKIE, LONGEST_TICKET, SESSION_LASTS
from ib_stream.refusals import Refusal
from ib_stream.service import Service


class TicketRequest(BaseModel):
    """What a ticket is for."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[
        str,
        Field(
            pattern=r"^/(stream|bars|ticks)(/[0-9A-Za-z .@_-]+){0,2}$",
            max_length=200,
            description="The path that it opens, without a query.",
            examples=["/stream/265598"],
        ),
    ]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_TICKET, description="How long it opens it.")] = 60


class Ticket(BaseModel):
    """Add it to the URL as `ticket=`."""

    ticket: str
    path: str
    seconds: int


class Session(BaseModel):
    """The cookie is set."""

    status: Literal["ok"] = "ok"
    seconds: int = SESSION_LASTS


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["safety"])

    @routes.post("/ticket", summary="A ticket for EventSource, which can send no token")
    def ticket(wanted: TicketRequest) -> Ticket:
        _needs_token(service)
        made = service.door.credentials.ticket(wanted.path, wanted.seconds)
        return Ticket(ticket=made, path=wanted.path, seconds=wanted.seconds)

    @routes.post("/session", summary="A cookie for pages, in exchange for the token")
    def session(request: Request, response: Response) -> Session:
        _needs_token(service)
        response.set_cookie(
            COOKIE,
            service.door.credentials.session(),
            max_age=SESSION_LASTS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return Session()

    @routes.delete("/session", summary="Forget the cookie", status_code=204)
    def forget(response: Response) -> None:
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    return routes


def _needs_token(service: Service) -> None:
    if not service.door.credentials.set:
        raise Refusal(
            409,
            "NO_TOKEN_SET",
            "this server has no token, so there is nothing to stand for it",
            "Set IB_STREAM_TOKEN, or use the server from its own machine without any.",
        )
