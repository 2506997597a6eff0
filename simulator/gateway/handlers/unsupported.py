"""What TWS can do and this gateway cannot yet: each request is refused by name, none is met with silence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire.asks import Ask
from simulator.wire.requests import Request, versioned_with_id

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _refuse(ask: Ask) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        raise refusals.not_simulated(ask.name.replace("_", " ").capitalize())

    return serve


ROUTES: Routes = {ask: Route(versioned_with_id, _refuse(ask)) for ask in (Ask.EXERCISE_OPTIONS,)}
