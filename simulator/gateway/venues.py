"""Where the prices of a US stock's line stand, by the letters of its SMART components.

A real line may name every exchange at the best price; the simulated one names a single exchange.
"""

from market.instrument import Instrument
from simulator.gateway.smart import COMPONENTS, bbo_exchange
from simulator.model.depth import Side, best_maker

BOOKS = ("NASDAQ", "ARCA", "NYSE", "BATS", "DRCTEDGE", "IEX", "MEMX")
"""The exchanges whose quotes the simulated best bid and offer are made of."""


def letters(instrument: Instrument) -> dict[str, str]:
    """The letter of each exchange, for contracts whose lines name them; empty for others."""
    if instrument.sec_type != "STK" or instrument.exchange != "SMART" or instrument.currency != "USD":
        return {}
    return {each.exchange: each.letter for each in COMPONENTS[bbo_exchange(instrument)]}


def best_venue(contract_id: int, side: Side, time: int) -> str:
    """Where the best ``bid`` or ``ask`` stands: one exchange for each minute.

    >>> best_venue(265598, "bid", 0) in BOOKS
    True
    """
    return BOOKS[best_maker(contract_id, side, time, len(BOOKS))]
