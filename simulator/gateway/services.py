"""What all connections of one gateway share."""

from typing import TYPE_CHECKING

from market.clock import Clock
from simulator.account import Ledger
from simulator.exchange import Exchange
from simulator.gateway import refusals
from simulator.gateway.contracts import Universe
from simulator.gateway.flows import Flows
from simulator.gateway.groups import Groups
from simulator.gateway.options import GatewayOptions
from simulator.gateway.order_desk import OrderDesk
from simulator.gateway.pacing import HistoryPacing
from simulator.gateway.quotas import Quotas
from simulator.gateway.trouble import Trouble
from simulator.model.api import MarketModel

if TYPE_CHECKING:
    from simulator.gateway.session import Session


class Services:
    """The market, the clock, the choices, and what the login may still use."""

    def __init__(self, model: MarketModel, clock: Clock, options: GatewayOptions) -> None:
        self.model = model
        self.clock = clock
        self.options = options
        self.universe = Universe(model.listings, clock.now)
        self.quotas = Quotas(options)
        self.pacing = HistoryPacing()
        self.clients: dict[int, Session] = {}
        self.groups = Groups()
        self.trouble = Trouble()
        self.ledger = Ledger(model, clock, self.account)
        self.exchange = Exchange(model, clock, self.ledger, self.trouble.halted)
        self.orders = OrderDesk(self)
        self.flows = Flows()

    @property
    def account(self) -> str:
        """The account that every client sees."""
        return self.model.source.account

    def check_account(self, name: str) -> None:
        """Refuse with 321 an account that is not this login's; no name means all there are."""
        if name not in ("", "All", self.account):
            raise refusals.invalid(f"Invalid account code '{name}'.")
