"""What stands around the contracts: price increments, option chains, SMART's components, families."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simulator.gateway import refusals, smart
from simulator.gateway.contracts import expired_since
from simulator.gateway.handlers.route import Route, Routes
from simulator.model.api import Listing
from simulator.model.market_rules import RULES
from simulator.wire import reference_messages, reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.reference_messages import Chain
from simulator.wire.reference_requests import OptionChainRequest, SmartComponentsRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_OPTIONS = {"STK": "OPT", "IND": "OPT", "FUT": "FOP"}


def _market_rule(session: "Session", request: Request) -> None:
    """The request id is the rule's."""
    ladder = RULES.get(request.request_id)
    if ladder is None:
        raise refusals.invalid(f"Market rule {request.request_id} does not exist")
    session.send(reference_messages.market_rule(session.version, request.request_id, ladder))


def _option_chain(session: "Session", request: OptionChainRequest) -> None:
    """An answer per exchange and trading class; options on futures only with their exchange, as IB has it."""
    if request.sec_type not in _OPTIONS:
        raise refusals.invalid("Invalid security type")
    under = next((each for each in session.services.universe.listings if _is_asked_for(each, request)), None)
    if under is None:
        raise refusals.no_definition()
    for chain in _chains(_options_on(session, under), under):
        if request.exchange in ("", chain.exchange):
            session.send(reference_messages.option_chain(session.version, request.request_id, chain))
    session.send(reference_messages.option_chain_end(session.version, request.request_id))


def _is_asked_for(listing: Listing, request: OptionChainRequest) -> bool:
    it = listing.instrument
    return (it.contract_id, it.symbol, it.sec_type) == (
        request.contract_id,
        request.symbol.upper(),
        request.sec_type,
    )


def _options_on(session: "Session", under: Listing) -> list[Listing]:
    wanted = (under.instrument.symbol, under.instrument.currency, _OPTIONS[under.instrument.sec_type])
    return [
        each
        for each in session.services.universe.listings
        for it in (each.instrument,)
        if (it.symbol, it.currency, it.sec_type) == wanted and not expired_since(it, session.now)
    ]


def _chains(options: Sequence[Listing], under: Listing) -> Iterator[Chain]:
    found = [each.instrument for each in options]
    keys = {(venue, it.trading_class, it.multiplier) for it in found for venue in it.valid_exchanges}
    for venue, trading_class, multiplier in sorted(keys):
        on_it = [
            it
            for it in found
            if venue in it.valid_exchanges
            and (it.trading_class, it.multiplier) == (trading_class, multiplier)
        ]
        yield Chain(
            venue,
            under.instrument.contract_id,
            trading_class,
            multiplier,
            sorted({it.expiry for it in on_it}),
            sorted({it.strike for it in on_it if it.strike is not None}),
        )


def _smart_components(session: "Session", request: SmartComponentsRequest) -> None:
    components = smart.COMPONENTS.get(request.bbo_exchange)
    if components is None:
        raise refusals.invalid(f"Invalid BBO exchange '{request.bbo_exchange}'")
    session.send(reference_messages.smart_components(session.version, request.request_id, components))


def _family_codes(session: "Session", request: Request) -> None:
    """The one account, in no family."""
    session.send(reference_messages.family_codes(session.version, [(session.services.account, "")]))


def _soft_dollar_tiers(session: "Session", request: Request) -> None:
    session.send(reference_messages.soft_dollar_tiers(session.version, request.request_id))


ROUTES: Routes = {
    Ask.MARKET_RULE: Route(requests.with_id, _market_rule),
    Ask.OPTION_CHAIN: Route(reference_requests.option_chain, _option_chain),
    Ask.SMART_COMPONENTS: Route(reference_requests.smart_components, _smart_components),
    Ask.FAMILY_CODES: Route(requests.plain, _family_codes),
    Ask.SOFT_DOLLAR_TIERS: Route(requests.with_id, _soft_dollar_tiers),
}
