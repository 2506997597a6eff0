"""What can be asked about contracts."""

from ib_api._ibapi import Contract
from ib_api.ib_contract import describe
from ib_api.pending import Pending
from ib_api.requests_base import Requests
from ib_api.translate import PriceStep
from market.instrument import Instrument


class ContractRequests(Requests):
    """The part of `IBRequests` about contracts."""

    def req_contract_details(self, contract: Contract) -> Pending[list[Instrument]]:
        """All contracts that fit; raises `ContractNotFound` when none does."""
        what = f"contract details of {describe(contract)}"
        return self._ask(what, lambda request_id: self.connector.reqContractDetails(request_id, contract))

    def req_matching_symbols(self, text: str) -> Pending[list[Instrument]]:
        """Contracts whose symbol or name begins with `text`; they have no route and no hours yet."""
        what = f"symbols like {text}"
        return self._ask(what, lambda request_id: self.connector.reqMatchingSymbols(request_id, text))

    def req_market_rule(self, rule_id: int) -> Pending[list[PriceStep]]:
        """The price steps of a market rule, lowest first; `Instrument.market_rule_ids` names a contract's.

        What IB says of a rule that does not exist cannot be told apart: then no answer comes in time.
        """
        return self._ask_named(f"market rule {rule_id}", lambda: self.connector.reqMarketRule(rule_id))
