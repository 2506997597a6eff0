"""What can be asked about contracts."""

from ib_api._ibapi import Contract
from ib_api.ib_contract import describe
from ib_api.pending import Pending
from ib_api.requests_base import Requests
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
