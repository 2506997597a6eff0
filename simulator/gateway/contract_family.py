"""Which contracts belong together: an underlying and what is written on it."""

from collections.abc import Sequence

from market.instrument import Instrument
from simulator.gateway.contracts import expired_since
from simulator.model.api import Listing

DERIVATIVES = ("FUT", "OPT", "FOP")


def underlying(listings: Sequence[Listing], instrument: Instrument) -> Listing | None:
    """The stock or index under a future or an option."""
    if instrument.sec_type not in DERIVATIVES:
        return None
    return next(
        (
            each
            for each in listings
            if each.instrument.symbol == instrument.symbol
            and each.instrument.sec_type in ("STK", "IND")
            and each.instrument.currency == instrument.currency
        ),
        None,
    )


def written_on(listings: Sequence[Listing], instrument: Instrument, sec_type: str, now: int) -> list[Listing]:
    """The futures or options on a stock or an index that have not expired, the nearest first."""
    found = [
        each
        for each in listings
        if each.instrument.sec_type == sec_type
        and not expired_since(each.instrument, now)
        and (under := underlying(listings, each.instrument)) is not None
        and under.instrument.contract_id == instrument.contract_id
    ]
    return sorted(found, key=lambda each: each.instrument.expiry)
