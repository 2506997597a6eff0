"""What TWS can do and this gateway cannot yet: each request is refused by name, none is met with silence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire.asks import Ask
from simulator.wire.requests import Request, versioned_with_id, with_id

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _refuse(ask: Ask) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        raise refusals.not_simulated(ask.name.replace("_", " ").capitalize())

    return serve


# Where a request's id stands: behind a version, or first.
_WITH_VERSION = (Ask.EXERCISE_OPTIONS,)
_ID_FIRST: tuple[Ask, ...] = ()

ROUTES: Routes = {
    ask: Route(read, _refuse(ask))
    for asks, read in ((_WITH_VERSION, versioned_with_id), (_ID_FIRST, with_id))
    for ask in asks
}
