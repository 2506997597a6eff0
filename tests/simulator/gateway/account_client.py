"""A raw client beside the account's books, so that fills can be booked without orders."""

from simulator.model.api import Listing
from tests.simulator.account.trades import fill
from tests.simulator.gateway.raw_client import Fields, RawClient


class AccountClient(RawClient):
    def trade(self, listing: Listing, quantity: int, price: str = "150") -> list[Fields]:
        """Book a fill and give what comes at once."""
        self.services.ledger.book(fill(listing, quantity, price))
        return self.wait(0)


def kinds(answer: list[Fields]) -> list[str]:
    """The message ids, each once, in order."""
    return list(dict.fromkeys(fields[0] for fields in answer))
