"""Contract details and symbol search."""

from typing import TYPE_CHECKING

from market.instrument import Instrument
from simulator.gateway import refusals
from simulator.gateway.contracts import CONTINUOUS
from simulator.gateway.dates import ib_zone
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.hours import hours_texts
from simulator.model.api import Listing
from simulator.model.companies import COMPANIES, UNKNOWN
from simulator.wire import contract_messages, reference_requests
from simulator.wire.asks import Ask
from simulator.wire.contract_messages import Details
from simulator.wire.reference_requests import ContractDetailsRequest, SymbolRequest
from simulator.wire.requests import Query

if TYPE_CHECKING:
    from simulator.gateway.session import Session

ORDER_TYPES = (
    "ACTIVETIM,ADJUST,ALERT,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,DEACTDIS,DEACTEOD,GAT,GTC,GTD,GTT,"
    "HID,IOC,LIT,LMT,MIT,MKT,MTL,NONALGO,OCA,SCALE,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
)
_FUTURES = ("FUT", CONTINUOUS)
_DERIVATIVES = (*_FUTURES, "OPT", "FOP")
# The smallest amounts that trade; crypto and forex come in fractions.
_FRACTION = 0.00000001


def _details(session: "Session", request: ContractDetailsRequest) -> None:
    if request.issuer:
        raise refusals.no_definition()  # only bonds have issuers, and there are none
    for listing in session.services.universe.find(request.query, (request.id_type, request.id_value)):
        details = _describe(session, listing, request.query)
        session.send(contract_messages.contract_details(session.version, request.request_id, details))
    session.send(contract_messages.contract_details_end(session.version, request.request_id))


def _describe(session: "Session", listing: Listing, query: Query) -> Details:
    it = listing.instrument
    trading, liquid = hours_texts(session.services.model, listing, session.now)
    under = _underlying(session, it)
    company = COMPANIES.get(it.contract_id, UNKNOWN)
    smallest = _FRACTION if listing.fractional and it.sec_type == "CRYPTO" else 1.0
    return Details(
        instrument=it,
        exchange=query.exchange or it.exchange,
        time_zone=ib_zone(it.time_zone),
        trading_hours=trading,
        liquid_hours=liquid,
        last_trade=_last_trade(it),
        order_types=ORDER_TYPES,
        under_symbol=it.symbol if it.sec_type in _DERIVATIVES else "",
        under_sec_type=under.sec_type if under else "",
        under_contract_id=under.contract_id if under else 0,
        classification=(company.industry, company.category, company.subcategory),
        security_ids=(("ISIN", company.isin),) if company.isin else (),
        stock_type=company.stock_type if it.sec_type == "STK" else "",
        min_size=smallest,
        size_increment=smallest,
        suggested_increment=100.0 if it.sec_type == "STK" else smallest,
    )


def _underlying(session: "Session", it: Instrument) -> Instrument | None:
    if it.sec_type not in _DERIVATIVES:
        return None
    fits = (each.instrument for each in session.services.universe.listings)
    return next((each for each in fits if each.symbol == it.symbol and each.sec_type in ("STK", "IND")), None)


def _last_trade(it: Instrument) -> str:
    """The expiry; for futures with the moment of the last trade, which for index futures is 08:30."""
    if it.sec_type not in _FUTURES or len(it.expiry) != 8:
        return it.expiry
    return f"{it.expiry} 08:30:00 {ib_zone(it.time_zone)}"


def _search(session: "Session", request: SymbolRequest) -> None:
    found = session.services.universe.matching(request.pattern)
    session.send(contract_messages.symbol_samples(session.version, request.request_id, found))


ROUTES: Routes = {
    Ask.CONTRACT_DETAILS: Route(reference_requests.contract_details, _details),
    Ask.MATCHING_SYMBOLS: Route(reference_requests.matching_symbols, _search),
}
