"""What an option would be worth, and what volatility its price would mean: one answer to each question."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from market.instrument import Instrument
from simulator.gateway import greeks, refusals
from simulator.gateway.contract_family import underlying
from simulator.gateway.handlers.permissions import listing_for
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.prices import price_at
from simulator.model.api import Listing
from simulator.wire import market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_messages import TickId
from simulator.wire.market_requests import CalculationRequest
from simulator.wire.option_messages import Computation, option_computation
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_Compute = Callable[[Instrument, float, float, int], Computation]


def _calculate(compute: _Compute) -> "Callable[[Session, CalculationRequest], None]":
    def serve(session: "Session", request: CalculationRequest) -> None:
        listing = listing_for(session, request.query)
        if listing.instrument.sec_type != "OPT":
            raise refusals.invalid("Only options can be calculated; please enter an option contract")
        if request.given is None or request.given <= 0:
            raise refusals.invalid("Please enter a price, or a volatility, above 0")
        spot = request.under_price or _spot(session, listing)
        computed = compute(listing.instrument, request.given, spot, session.now)
        session.send(option_computation(session.version, request.request_id, TickId.CUSTOM_OPTION, computed))

    return serve


def _spot(session: "Session", option: Listing) -> float:
    """The underlying's price now, for a client that names none."""
    services = session.services
    under = underlying(services.universe.listings, option.instrument)
    price = price_at(services.model, under, session.now) if under else None
    if price is None:
        raise refusals.invalid("Please enter the price of the underlying")
    return price


def _forget(session: "Session", request: Request) -> None:
    """The answer went out with the question; clients cancel all the same, and TWS says nothing to it."""


ROUTES: Routes = {
    Ask.IMPLIED_VOLATILITY: Route(market_requests.calculation, _calculate(greeks.of_price)),
    Ask.OPTION_PRICE: Route(market_requests.calculation, _calculate(greeks.of_volatility)),
    Ask.CANCEL_IMPLIED_VOLATILITY: Route(requests.versioned_with_id, _forget),
    Ask.CANCEL_OPTION_PRICE: Route(requests.versioned_with_id, _forget),
}
