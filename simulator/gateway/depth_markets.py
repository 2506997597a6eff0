"""Where market depth is to be had, and in which form."""

from collections.abc import Sequence

import msgspec

from simulator.gateway.contracts import venue_name
from simulator.gateway.venues import BOOKS, letters
from simulator.model.api import Listing
from simulator.refused import Refused
from simulator.wire.depth_messages import DepthMarket

MOST_ROWS = 60
"""A book shows no more, whatever is asked for; IB names no number."""

MARKETS: Sequence[DepthMarket] = (
    DepthMarket("NASDAQ", "STK", "NASDAQ", "Deep2", 1),
    DepthMarket("NYSE", "STK", "NYSE", group=2),
    DepthMarket("ARCA", "STK", "NYSE", group=2),
    DepthMarket("BATS", "STK"),
    DepthMarket("IEX", "STK"),
    DepthMarket("IBIS", "STK"),
    DepthMarket("CME", "FUT"),
    DepthMarket("IDEALPRO", "CASH"),
    DepthMarket("PAXOS", "CRYPTO"),
)
"""The exchanges whose books can be had, each by itself."""

_MAKERS = ("NSDQ", "CDRG", "GSCO", "JPMS", "UBSS", "VIRT", "WBPX")
_SERVICES = {(each.exchange, each.sec_type): each.service for each in MARKETS}


class Form(msgspec.Struct, frozen=True):
    """How a book is sent: with `makers` as message 13, without as message 12."""

    makers: tuple[str, ...] = ()
    smart: bool = False


def form_of(listing: Listing, exchange: str, *, smart: bool) -> Form:
    """The book that a request means; refuse with 10092 where there is none.

    SMART has a book only as SMART depth, and only of US stocks; every other exchange only its own.
    """
    instrument = listing.instrument
    if listing.entitlement == "live" and "BID" in listing.what:
        if smart and exchange.upper() == "SMART" and letters(instrument):
            return Form(BOOKS, smart=True)
        service = _SERVICES.get((venue_name(exchange), instrument.sec_type))
        if service is not None and not smart:
            return Form(_MAKERS if service == "Deep2" else ())
    raise Refused(10092, "Deep market data is not supported for this combination of security type/exchange")
