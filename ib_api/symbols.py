"""How a user names a contract in one word.

::

    SYMBOL[@EXCHANGE][:CURRENCY][/SECTYPE]     AAPL   RHM@IBIS   RHM:EUR   SPX@CBOE/IND   ESH6@CME/FUT
    CONTRACT-ID[@EXCHANGE]                     265598
    PAIR                                       EURUSD   EUR.USD

A symbol alone is a stock, routed by SMART; a pair of IB's forex currencies is that pair. In a future's or an
option's name a symbol with digits is IB's local symbol.
"""

import re
from typing import NamedTuple

from ib_api._ibapi import Contract
from ib_api.ib_contract import IBContract
from market.errors import BadRequest
from market.instrument import Instrument

_GRAMMAR = re.compile(
    r"(?P<symbol>[A-Z0-9][A-Z0-9. ]*?)"
    r"(?:@(?P<exchange>[A-Z0-9.]+))?(?::(?P<currency>[A-Z]{3}))?(?:/(?P<kind>[A-Z]+))?"
)
_ISO = "AUDCADCHFCNHCZKDKKEURGBPHKDHUFILSJPYKRWMXNNOKNZDPLNSEKSGDTRYUSDZAR"
_CURRENCIES = frozenset(_ISO[at : at + 3] for at in range(0, len(_ISO), 3))
OTHER_KINDS = ("IND", "CRYPTO", "FUT")
"""What a symbol alone may be where no stock is called so, in the order of asking."""
_DEFAULT_EXCHANGE = {"CASH": "IDEALPRO", "CRYPTO": "PAXOS", "STK": "SMART", "OPT": "SMART", "CFD": "SMART"}


class Wanted(NamedTuple):
    """A parsed name; empty fields were not given."""

    symbol: str
    exchange: str
    currency: str
    kind: str
    contract_id: int

    @property
    def contract(self) -> Contract:
        """The description to ask IB for."""
        if self.contract_id:
            contract = Contract()
            contract.conId, contract.exchange = self.contract_id, self.exchange
            return contract
        kind = self.kind or "STK"
        if kind == "CASH":
            return IBContract.forex(self.symbol, self.exchange or "IDEALPRO")
        contract = Contract()
        contract.secType, contract.currency = kind, self.currency
        contract.exchange = self.exchange or _DEFAULT_EXCHANGE.get(kind, "")
        if kind in ("FUT", "OPT", "FOP") and any(letter.isdigit() for letter in self.symbol):
            contract.localSymbol = self.symbol
            # Who names one expiry means it also when it is over: IB has its history for two years more.
            contract.includeExpired = kind == "FUT"
        else:
            contract.symbol = self.symbol
        return contract


def parse_symbol(text: str) -> Wanted:
    """Read a name; raise `BadRequest` for what is none.

    >>> parse_symbol("rhm@ibis")
    Wanted(symbol='RHM', exchange='IBIS', currency='', kind='', contract_id=0)
    >>> parse_symbol("EUR.USD").kind, parse_symbol("265598").contract_id
    ('CASH', 265598)
    """
    match = _GRAMMAR.fullmatch(text.strip().upper())
    if match is None:
        raise BadRequest(f"{text!r} names no contract; write AAPL, 265598, EURUSD, RHM@IBIS or SPX@CBOE/IND")
    symbol, exchange, currency, kind = (
        match[each] or "" for each in ("symbol", "exchange", "currency", "kind")
    )
    if symbol.isdigit():
        return Wanted("", exchange, currency, kind, int(symbol))
    letters = symbol.replace(".", "")
    if not kind and len(letters) == 6 and letters[:3] in _CURRENCIES and letters[3:] in _CURRENCIES:
        return Wanted(letters, exchange, "", "CASH", 0)
    return Wanted(symbol, exchange, currency, kind, 0)


def candidates(found: list[Instrument]) -> list[Instrument]:
    """One route per contract: SMART where IB offers it, else the first it names."""
    best: dict[int, Instrument] = {}
    for instrument in found:
        known = best.get(instrument.contract_id)
        if known is None or (known.exchange != "SMART" and instrument.exchange == "SMART"):
            best[instrument.contract_id] = instrument
    return list(best.values())


def prefer(wanted: Wanted, found: list[Instrument]) -> list[Instrument]:
    """The likely ones of several: without an exchange or a currency in the name, those in dollars."""
    if wanted.exchange or wanted.currency:
        return found
    return [each for each in found if each.currency == "USD"] or found
