"""What SMART's quote is made of, and the code by which clients ask for it (`bboExchange` of message 81)."""

from collections.abc import Mapping, Sequence

from market.instrument import Instrument
from simulator.wire.reference_messages import Component

_US_STOCKS, _US_OPTIONS, _EUROPEAN_STOCKS = "9c0001", "a60001", "e70001"

# Letters of the US consolidated tapes; where there is no tape, letters in order.
_LETTERS = {
    _US_STOCKS: (
        *(("AMEX", "A"), ("BEX", "B"), ("NYSENAT", "C"), ("FINRA", "D"), ("ISE", "I"), ("EDGEA", "J")),
        *(("DRCTEDGE", "K"), ("LTSE", "L"), ("CHX", "M"), ("NYSE", "N"), ("ARCA", "P"), ("NASDAQ", "Q")),
        *(("PEARL", "H"), ("MEMX", "U"), ("IEX", "V"), ("CBOE", "W"), ("PSX", "X"), ("BYX", "Y")),
        ("BATS", "Z"),
    ),
    _US_OPTIONS: (
        *(("AMEX", "A"), ("BOX", "B"), ("CBOE", "C"), ("ISE", "I"), ("MIAX", "M"), ("PSE", "N")),
        *(("NASDAQOM", "Q"), ("CBOE2", "W"), ("PHLX", "X"), ("EDGX", "E"), ("BATS", "Z")),
    ),
    _EUROPEAN_STOCKS: (("IBIS", "A"), ("IBIS2", "B"), ("TGATE", "C")),
}
COMPONENTS: Mapping[str, Sequence[Component]] = {
    code: tuple(Component(bit, *pair) for bit, pair in enumerate(pairs)) for code, pairs in _LETTERS.items()
}
"""The exchanges behind each code; what has no SMART route has no code."""


def bbo_exchange(instrument: Instrument) -> str:
    """The code of a contract's components; empty where SMART does not route it."""
    if instrument.exchange != "SMART" and "SMART" not in instrument.valid_exchanges:
        return ""
    if instrument.sec_type == "OPT":
        return _US_OPTIONS
    return _US_STOCKS if instrument.currency == "USD" else _EUROPEAN_STOCKS
