"""Where US stocks trade, and the letters by which a market-data line names those places.

The letters are those of the consolidated tape; what IB calls DRCTEDGE and BEX are EDGX and Nasdaq BX. The
simulated line carries one letter where a real one may carry every exchange at the best price.
"""

from market.instrument import Instrument
from simulator.model.depth import Side, best_maker

LETTERS = {
    "NASDAQ": "Q",
    "ARCA": "P",
    "NYSE": "N",
    "BATS": "Z",
    "EDGX": "K",
    "DRCTEDGE": "K",
    "EDGEA": "J",
    "BYX": "Y",
    "IEX": "V",
    "MEMX": "U",
    "PEARL": "H",
    "AMEX": "A",
    "BEX": "B",
    "PHLX": "X",
    "CHX": "M",
    "FINRA": "D",
}

BOOKS = ("NASDAQ", "ARCA", "NYSE", "BATS", "EDGX", "IEX", "MEMX")
"""The exchanges whose quotes the simulated best bid and offer are made of."""


def has_venues(instrument: Instrument) -> bool:
    """Whether a line of the contract says which exchange a price is from."""
    return instrument.sec_type == "STK" and instrument.exchange == "SMART" and instrument.currency == "USD"


def best_venue(contract_id: int, side: Side, time: int) -> str:
    """Where the best ``bid`` or ``ask`` stands: one exchange for each minute.

    >>> best_venue(265598, "bid", 0) in BOOKS
    True
    """
    return BOOKS[best_maker(contract_id, side, time, len(BOOKS))]
