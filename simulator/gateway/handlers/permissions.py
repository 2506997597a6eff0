"""Who may see what: the checks that come before any data."""

from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.model.api import Listing
from simulator.refused import Refused
from simulator.wire.requests import Query
from simulator.wire.versions import FRACTIONAL_SIZES

if TYPE_CHECKING:
    from simulator.gateway.session import Session


_TICKS_FAILED = "Failed to request tick-by-tick data:"


def listing_for(session: "Session", query: Query, *, continuous: bool = False) -> Listing:
    """The one contract meant, if this client can read its sizes; see `Universe.resolve` for `continuous`."""
    listing = session.services.universe.resolve(query, continuous=continuous)
    if listing.fractional and session.version < FRACTIONAL_SIZES:
        raise refusals.too_old_for_fractions()
    return listing


def need_history(listing: Listing) -> None:
    """History needs live data: there is no delayed history."""
    if listing.entitlement != "live":
        raise refusals.history(f"No market data permissions for {_market(listing)}")


def need_tick_by_tick(listing: Listing, tick_type: str) -> None:
    """Tick-by-tick needs live data of a contract that has it, and trades or quotes as asked."""
    if listing.entitlement != "live":
        text = f"{_TICKS_FAILED}No market data permissions for {_market(listing)}"
        raise Refused(10189, text)
    wanted = "TRADES" if tick_type in ("Last", "AllLast") else "MIDPOINT"
    if not listing.tick_by_tick or wanted not in listing.what:
        name = f"{listing.instrument.symbol} {listing.instrument.sec_type}"
        text = f"{_TICKS_FAILED}{tick_type} tick-by-tick requests are not supported for {name}"
        raise Refused(10189, text)


def need_historical_ticks(listing: Listing) -> None:
    if listing.entitlement != "live":
        text = f"Failed to request historical ticks:No market data permissions for {_market(listing)}"
        raise Refused(10187, text)


def need_live_bars(listing: Listing) -> None:
    """5-second bars need live data."""
    if listing.entitlement != "live":
        raise needs_subscription(listing)


def needs_subscription(listing: Listing) -> Refused:
    """10089; it says whether delayed data is to be had."""
    tail = "Delayed market data is available." if listing.entitlement == "delayed" else ""
    return Refused(
        10089,
        "Requested market data requires additional subscription for API. See link in 'Market Data "
        f"Connections' dialog for more details.{tail}{_top(listing)}",
    )


def not_subscribed(listing: Listing) -> Refused:
    """354: neither live nor delayed data."""
    return Refused(354, f"Requested market data is not subscribed.{_top(listing)}")


def no_delayed() -> Refused:
    """10168: delayed data was asked for and there is none."""
    return Refused(10168, "Requested market data is not subscribed. Delayed market data is not enabled.")


def _market(listing: Listing) -> str:
    it = listing.instrument
    return f"{it.primary_exchange or it.exchange} {it.sec_type}"


def _top(listing: Listing) -> str:
    it = listing.instrument
    return f"{it.symbol} {it.primary_exchange or it.exchange}/TOP/ALL"
