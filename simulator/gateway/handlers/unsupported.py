"""What TWS can do and this gateway cannot yet: each request is refused by name, none is met with silence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire.asks import Ask
from simulator.wire.requests import Request, plain, versioned_with_id

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _refuse(ask: Ask) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        raise refusals.not_simulated(ask.name.replace("_", " ").capitalize())

    return serve


# Where a request's id stands: behind a version, first, or nowhere.
_WITH_VERSION = (
    Ask.MARKET_DEPTH,
    Ask.CANCEL_MARKET_DEPTH,
    Ask.EXERCISE_OPTIONS,
    Ask.IMPLIED_VOLATILITY,
    Ask.OPTION_PRICE,
    Ask.CANCEL_IMPLIED_VOLATILITY,
    Ask.CANCEL_OPTION_PRICE,
)
_WITHOUT_ID = (Ask.DEPTH_EXCHANGES,)

ROUTES: Routes = {
    ask: Route(read, _refuse(ask))
    for asks, read in ((_WITH_VERSION, versioned_with_id), (_WITHOUT_ID, plain))
    for ask in asks
}
