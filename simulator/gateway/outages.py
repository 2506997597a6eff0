"""Whether a request can be served at present."""

from typing import TYPE_CHECKING

from simulator.model.api import Listing
from simulator.refused import Refused
from simulator.wire.asks import Ask
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.services import Services

_LIVE = (Ask.MARKET_DATA, Ask.MARKET_DEPTH, Ask.TICK_BY_TICK, Ask.REAL_TIME_BARS)


def no_competition() -> Refused:
    """10197: another session of the login has the market data."""
    return Refused(10197, "No market data during competing live session")


def admits(services: "Services", ask: int, request: Request) -> bool:
    """Whether a farm that works has the answer; refuse live data that another session has."""
    if services.trouble.competing and ask in _LIVE:
        raise no_competition()
    return not services.farms or services.farms.answers(ask, _listing(services, request))


def _listing(services: "Services", request: Request) -> Listing | None:
    """The contract that is asked about, if it is clear; if not, the request is refused as ever."""
    query = getattr(request, "query", None)
    try:
        return services.universe.resolve(query) if query is not None else None
    except Refused:
        return None
