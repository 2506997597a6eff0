"""Which of the instruments of a store is meant by a name."""

from collections.abc import Sequence
from itertools import product

from market.errors import AmbiguousContract, ContractNotFound
from market.instrument import Instrument


def find(instruments: Sequence[Instrument], text: str, store: str) -> Instrument:
    """The one meant by a name as every command takes it: ``AAPL``, ``265598``, ``EURUSD``, ``RHM@IBIS``.

    Raise `ContractNotFound` or `AmbiguousContract` with the candidates; `store` is named in the message.
    """
    wanted = text.strip().upper()
    found = [each for each in instruments if wanted in _names(each)]
    if not found:
        raise ContractNotFound(f"{text!r} is not in the store of {store!r}; see what is with: data list")
    if len(found) > 1:
        lines = [f"{each.contract_id}@{each.exchange}: {each.describe()}" for each in found]
        raise AmbiguousContract(f"{text!r} fits {len(found)}: {'; '.join(lines)}", candidates=lines)
    return found[0]


def _names(instrument: Instrument) -> set[str]:
    """Every way to write it: a name, then ``@exchange``, ``:currency`` and ``/kind``, each or none."""
    symbol, currency = instrument.symbol, instrument.currency
    names = {symbol, instrument.local_symbol, instrument.ticker, str(instrument.contract_id)}
    if instrument.sec_type == "CASH":
        names |= {f"{symbol}{currency}", f"{symbol}.{currency}"}
    ends = product(
        *(("", end) for end in (f"@{instrument.exchange}", f":{currency}", f"/{instrument.sec_type}"))
    )
    return {f"{name}{''.join(end)}".upper() for name, end in product(filter(None, names), list(ends))}
