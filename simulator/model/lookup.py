"""Find contracts as IB does: every field that is given must fit, the others do not matter."""

from collections.abc import Iterable, Sequence

import msgspec

from market.instrument import Instrument
from simulator.model.api import Listing


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as a client describes it; empty means "any". `expiry` may be a month (``202612``)."""

    contract_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: float = 0.0
    local_symbol: str = ""
    trading_class: str = ""


def find(listings: Iterable[Listing], pattern: Pattern) -> Sequence[Listing]:
    """Every listing that fits, in the universe's order; empty when none does."""
    return [each for each in listings if fits(each.instrument, pattern)]


def fits(instrument: Instrument, pattern: Pattern) -> bool:
    """Whether every field that `pattern` gives is the instrument's.

    >>> apple = Instrument(contract_id=1, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")
    >>> fits(apple, Pattern(symbol="aapl")), fits(apple, Pattern(symbol="AAPL", sec_type="OPT"))
    (True, False)
    """
    if pattern.contract_id and pattern.contract_id != instrument.contract_id:
        return False
    return (
        all(
            not asked or asked.upper() == has.upper()
            for asked, has in (
                (pattern.symbol, instrument.symbol),
                (pattern.sec_type, instrument.sec_type),
                (pattern.currency, instrument.currency),
                (pattern.right[:1], instrument.right),
                (pattern.local_symbol, instrument.local_symbol),
                (pattern.trading_class, instrument.trading_class),
            )
        )
        and instrument.expiry.startswith(pattern.expiry)
        and pattern.strike in (0.0, instrument.strike)
        and pattern.multiplier in (0.0, instrument.multiplier)
        and _trades_on(instrument, pattern.exchange)
        and _is_at_home_on(instrument, pattern.primary_exchange)
    )


def _trades_on(instrument: Instrument, exchange: str) -> bool:
    known = (*instrument.valid_exchanges, instrument.exchange, instrument.primary_exchange)
    return not exchange or exchange.upper() in known


def _is_at_home_on(instrument: Instrument, exchange: str) -> bool:
    return not exchange or exchange.upper() in (instrument.primary_exchange, instrument.exchange)


def matching(listings: Iterable[Listing], text: str) -> Sequence[Listing]:
    """What IB's symbol search gives: symbols that begin with `text`, then names that contain it.

    Derivatives are not listed, only what they derive from.
    """
    wanted = text.strip().upper()
    underlyings = [each for each in listings if each.instrument.sec_type not in ("OPT", "FUT")]
    by_symbol = [each for each in underlyings if each.instrument.symbol.startswith(wanted)] if wanted else []
    by_name = [each for each in underlyings if wanted and wanted in each.instrument.name.upper()]
    return by_symbol + [each for each in by_name if each not in by_symbol]
