"""IB's `Contract` objects, each kind with the fields it needs."""

from ib_api._ibapi import Contract
from market.errors import BadRequest
from market.instrument import Instrument


def _contract(symbol: str, kind: str, exchange: str, currency: str) -> Contract:
    if not symbol.strip():
        raise BadRequest("a contract needs a symbol, e.g. AAPL")
    contract = Contract()
    contract.symbol, contract.secType = symbol.strip(), kind
    contract.exchange, contract.currency = exchange, currency
    return contract


class IBContract:
    """Build contracts.

    >>> IBContract.stock("AAPL").secType
    'STK'
    >>> IBContract.forex("EURUSD").currency
    'USD'
    """

    @staticmethod
    def stock(
        symbol: str, exchange: str = "SMART", currency: str = "USD", primary_exchange: str = ""
    ) -> Contract:
        """A stock; `primary_exchange` tells namesakes apart under SMART routing."""
        contract = _contract(symbol, "STK", exchange, currency)
        contract.primaryExchange = primary_exchange
        return contract

    @staticmethod
    def option(
        symbol: str,
        expiry: str,
        strike: float,
        right: str,
        exchange: str = "SMART",
        currency: str = "USD",
        multiplier: str = "",
    ) -> Contract:
        """An option: `expiry` yyyymmdd, `right` C or P."""
        if right not in ("C", "P"):
            raise BadRequest(f"an option's right is C or P, not {right!r}")
        contract = _contract(symbol, "OPT", exchange, currency)
        contract.lastTradeDateOrContractMonth, contract.strike, contract.right = expiry, strike, right
        contract.multiplier = multiplier
        return contract

    @staticmethod
    def future(
        symbol: str,
        expiry: str,
        exchange: str,
        currency: str = "USD",
        multiplier: str = "",
        include_expired: bool = False,
    ) -> Contract:
        """A future: `expiry` yyyymm or yyyymmdd; IB serves expired ones for two years."""
        contract = _contract(symbol, "FUT", exchange, currency)
        contract.lastTradeDateOrContractMonth, contract.multiplier = expiry, multiplier
        contract.includeExpired = include_expired
        return contract

    @staticmethod
    def continuous_future(symbol: str, exchange: str, currency: str = "USD") -> Contract:
        """The front months joined; history only."""
        return _contract(symbol, "CONTFUT", exchange, currency)

    @staticmethod
    def forex(pair: str, exchange: str = "IDEALPRO") -> Contract:
        """A pair of currencies: EURUSD, EUR.USD or EUR/USD."""
        letters = pair.replace(".", "").replace("/", "").upper()
        if len(letters) != 6 or not letters.isalpha():
            raise BadRequest(f"{pair!r} is no pair of currencies; write EURUSD")
        return _contract(letters[:3], "CASH", exchange, letters[3:])

    @staticmethod
    def index(symbol: str, exchange: str, currency: str = "USD") -> Contract:
        """An index: values, no trades."""
        return _contract(symbol, "IND", exchange, currency)

    @staticmethod
    def crypto(symbol: str, exchange: str = "PAXOS", currency: str = "USD") -> Contract:
        """A crypto currency; its trades are asked for as AGGTRADES."""
        return _contract(symbol, "CRYPTO", exchange, currency)

    @staticmethod
    def cfd(symbol: str, exchange: str = "SMART", currency: str = "USD") -> Contract:
        """A contract for difference; its data is that of the underlying."""
        return _contract(symbol, "CFD", exchange, currency)

    @staticmethod
    def by_id(contract_id: int, exchange: str = "SMART") -> Contract:
        """A contract by IB's number; an exchange belongs to every request all the same."""
        if contract_id <= 0:
            raise BadRequest(f"{contract_id} is no contract id; IB's are positive")
        contract = Contract()
        contract.conId, contract.exchange = contract_id, exchange
        return contract

    @staticmethod
    def of(instrument: Instrument) -> Contract:
        """The contract of an instrument, complete enough for every request."""
        contract = _contract(instrument.symbol, instrument.sec_type, instrument.exchange, instrument.currency)
        contract.conId = instrument.contract_id
        contract.primaryExchange = instrument.primary_exchange
        contract.localSymbol, contract.tradingClass = instrument.local_symbol, instrument.trading_class
        contract.lastTradeDateOrContractMonth, contract.right = instrument.expiry, instrument.right
        if instrument.strike is not None:
            contract.strike = instrument.strike
        if instrument.multiplier != 1:
            contract.multiplier = f"{instrument.multiplier:g}"
        # Without it IB has no history of a future that is over.
        contract.includeExpired = instrument.sec_type == "FUT"
        return contract


def describe(contract: Contract) -> str:
    """A few words for messages: ``AAPL STK SMART`` or ``contract 265598 on SMART``."""
    if not contract.symbol:
        return f"contract {contract.conId} on {contract.exchange}"
    parts = contract.symbol, contract.secType, contract.lastTradeDateOrContractMonth, contract.exchange
    return " ".join(part for part in parts if part)
