"""Which contracts of the universe a client's description fits."""

from collections.abc import Callable, Sequence

import msgspec

from market.instrument import Instrument
from market.times import DAY, to_datetime
from simulator.gateway import refusals
from simulator.model.api import Listing
from simulator.model.companies import COMPANIES, UNKNOWN
from simulator.wire.requests import Query

MOST_SAMPLES = 16
"""IB answers a symbol search with so many contracts at most."""

CONTINUOUS = "CONTFUT"
"""The contract that always is the front month of a future."""

_TYPES = {"STK", "OPT", "FUT", "FOP", "CASH", "CRYPTO", "IND", "CFD", "BOND", "BILL", "FUND", "CMDTY"}
_TYPES |= {"WAR", "IOPT", "NEWS", "BAG", CONTINUOUS}
_DERIVATIVES = ("FUT", "OPT", "FOP", "WAR", "CFD")
# TWS knows the Nasdaq by its book's old name as well.
_ALIASES = {"ISLAND": "NASDAQ"}


def venue_name(name: str) -> str:
    """An exchange by its one name, in capitals."""
    return _ALIASES.get(name.upper(), name.upper())


def _home(instrument: Instrument) -> set[str]:
    return {venue_name(name) for name in (instrument.exchange, instrument.primary_exchange) if name}


def _venues(instrument: Instrument) -> set[str]:
    return _home(instrument) | {venue_name(name) for name in instrument.valid_exchanges}


def _fits(query: Query, instrument: Instrument) -> bool:
    texts = (
        (query.symbol, instrument.symbol),
        (query.sec_type, instrument.sec_type),
        (query.currency, instrument.currency),
        (query.local_symbol, instrument.local_symbol),
        (query.trading_class, instrument.trading_class),
        (query.right[:1], instrument.right[:1]),
    )
    return (
        (not query.contract_id or query.contract_id == instrument.contract_id)
        and all(not asked or asked.upper() == has.upper() for asked, has in texts)
        and (not query.exchange or venue_name(query.exchange) in _venues(instrument))
        and (not query.primary_exchange or venue_name(query.primary_exchange) in _home(instrument))
        and instrument.expiry.startswith(query.expiry[:8])
        and (query.strike is None or query.strike == instrument.strike)
        and (not query.multiplier or float_or_none(query.multiplier) == instrument.multiplier)
    )


def _check(query: Query, security_id: tuple[str, str]) -> None:
    """Refuse with 321 what names no contract at all, or a type that is never served."""
    if query.sec_type and query.sec_type.upper() not in _TYPES:
        raise refusals.invalid("Please enter a valid security type")
    if query.sec_type.upper() == "BAG":
        raise refusals.not_simulated("A combination (BAG)")
    if not (query.contract_id or query.symbol or query.local_symbol or all(security_id)):
        raise refusals.invalid("Please enter a symbol, a local symbol or a contract id")


def _has_id(instrument: Instrument, security_id: tuple[str, str]) -> bool:
    kind, number = security_id
    if not kind:
        return True
    company = COMPANIES.get(instrument.contract_id, UNKNOWN)
    return number.upper() == {"ISIN": company.isin, "CUSIP": company.cusip}.get(kind.upper(), "") != ""


def float_or_none(text: str) -> float | None:
    """The number in `text`, or None where there is none."""
    try:
        return float(text)
    except ValueError:
        return None


class Universe:
    """The contracts of a market, found as TWS finds them."""

    def __init__(self, listings: Sequence[Listing], now: Callable[[], int]) -> None:
        self.listings = tuple(listings)
        self._now = now

    def find(self, query: Query, security_id: tuple[str, str] = ("", "")) -> list[Listing]:
        """All contracts that fit, in the order of the universe; refuse with 200 when none does.

        `security_id` is a kind of number, ISIN or CUSIP, and the number. Expired contracts are found only
        when the client asks to include them. The continuous future is the front month under its own type.
        """
        _check(query, security_id)
        if query.sec_type.upper() == CONTINUOUS:
            return [self._front(msgspec.structs.replace(query, sec_type="FUT"))]
        found = [
            each
            for each in self.listings
            if _fits(query, each.instrument)
            and _has_id(each.instrument, security_id)
            and (query.include_expired or not self._expired(each.instrument))
        ]
        if not found:
            raise refusals.no_definition()
        return found

    def _front(self, query: Query) -> Listing:
        first = min(self.find(query), key=lambda each: each.instrument.expiry)
        instrument = msgspec.structs.replace(first.instrument, sec_type=CONTINUOUS)
        return msgspec.structs.replace(first, instrument=instrument)

    def resolve(self, query: Query, *, continuous: bool = False) -> Listing:
        """The one contract meant; refuse with 200 when none or several fit, with 321 without a route.

        The continuous future has details and history only: what else asks for it is refused.
        """
        if not query.exchange:
            raise refusals.invalid("Please enter exchange")
        if query.sec_type.upper() == CONTINUOUS and not continuous:
            raise refusals.invalid("A continuous future has contract details and historical data only.")
        found = self.find(query)
        if len(found) > 1:
            raise refusals.ambiguous(query.symbol or query.local_symbol)
        return found[0]

    def matching(self, pattern: str) -> list[tuple[Instrument, list[str]]]:
        """Contracts whose symbol begins with `pattern` or whose name has it, and their derivatives' types."""
        wanted = pattern.strip().upper()
        fits = [
            each.instrument
            for each in self.listings
            if wanted
            and each.instrument.sec_type not in _DERIVATIVES
            and (each.instrument.symbol.upper().startswith(wanted) or wanted in each.instrument.name.upper())
        ]
        fits.sort(key=lambda it: (it.symbol.upper() != wanted, it.symbol, it.contract_id))
        return [(it, self._derivatives(it)) for it in fits[:MOST_SAMPLES]]

    def _derivatives(self, instrument: Instrument) -> list[str]:
        types = {
            each.instrument.sec_type for each in self.listings if each.instrument.symbol == instrument.symbol
        }
        return sorted(types.intersection(_DERIVATIVES))

    def _expired(self, instrument: Instrument) -> bool:
        # A day of grace: the last session of the date may still run somewhere.
        return expired_since(instrument, self._now() - DAY)


def expired_since(instrument: Instrument, time: int) -> bool:
    """Whether a contract's last day lies before that of `time`."""
    return bool(instrument.expiry) and instrument.expiry[:8] < to_datetime(time).strftime("%Y%m%d")
