"""Where market depth is to be had, and in which form."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from market.instrument import Instrument
from simulator.gateway.venues import BOOKS
from simulator.model.api import Listing
from simulator.refused import Refused
from simulator.wire.depth_messages import DepthMarket

MOST_ROWS = 60
"""A book shows no more, whatever is asked for; IB names no number."""

_MAKERS = ("NSDQ", "CDRG", "GSCO", "JPMS", "UBSS", "VIRT", "WBPX")
# The Nasdaq's book names its market makers; IB lists it under its old name, clients ask under either.
_WITH_MAKERS = ("ISLAND", "NASDAQ")
_PLAIN = ("NYSE", "ARCA", "BATS", "IEX", "EDGX", "MEMX")
_BY_TYPE = {"FUT": ("CME",), "CASH": ("IDEALPRO",), "CRYPTO": ("PAXOS",)}
_EUROPEAN = ("IBIS", "FWB2")

MARKETS: Sequence[DepthMarket] = (
    DepthMarket("ISLAND", "STK", "NASDAQ", "Deep2", 1),
    *(DepthMarket(name, "STK", "NYSE", "Deep", 2) for name in _PLAIN),
    *(DepthMarket(name, "STK", name, "Deep", None) for name in _EUROPEAN),
    *(DepthMarket(name, kind, name, "Deep", None) for kind, names in _BY_TYPE.items() for name in names),
)


class Form(msgspec.Struct, frozen=True):
    """How a book is sent: with `makers` as message 13, without as message 12."""

    makers: tuple[str, ...] = ()
    smart: bool = False


def form_of(listing: Listing, exchange: str, *, smart: bool) -> Form:
    """The book that a request means; refuse with 10092 where there is none.

    SMART has a book only as SMART depth, and only of US stocks; every other exchange only its own.
    """
    instrument, exchange = listing.instrument, exchange.upper()
    if listing.entitlement == "live" and "BID" in listing.what:
        kind = _kind(instrument, exchange)
        if kind == "smart" and smart:
            return Form(BOOKS, smart=True)
        if kind in ("makers", "plain") and not smart:
            return Form(_MAKERS if kind == "makers" else ())
    raise Refused(10092, "Deep market data is not supported for this combination of security type/exchange")


def _kind(instrument: Instrument, exchange: str) -> Literal["smart", "makers", "plain", "none"]:
    if instrument.sec_type != "STK":
        return "plain" if exchange in _BY_TYPE.get(instrument.sec_type, ()) else "none"
    if instrument.currency != "USD":
        return "plain" if exchange in _EUROPEAN else "none"
    if exchange == "SMART":
        return "smart"
    if exchange in _WITH_MAKERS:
        return "makers"
    return "plain" if exchange in _PLAIN else "none"
