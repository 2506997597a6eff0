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
_WITH_VERSION = (
    Ask.MARKET_DEPTH,
    Ask.CANCEL_MARKET_DEPTH,
    Ask.EXERCISE_OPTIONS,
    Ask.IMPLIED_VOLATILITY,
    Ask.OPTION_PRICE,
    Ask.CANCEL_IMPLIED_VOLATILITY,
    Ask.CANCEL_OPTION_PRICE,
)
_ID_FIRST = (
)

ROUTES: Routes = {
    ask: Route(read, _refuse(ask))
    for asks, read in ((_WITH_VERSION, versioned_with_id), (_ID_FIRST, with_id))
    for ask in asks
}
