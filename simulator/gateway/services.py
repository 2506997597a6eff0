"""What all connections of one gateway share."""

from typing import TYPE_CHECKING

from market.clock import Clock
from simulator.account import Ledger
from simulator.exchange import Exchange
from simulator.gateway import refusals
from simulator.gateway.contracts import Universe
from simulator.gateway.farms import Farms
from simulator.gateway.flows import Flows
from simulator.gateway.groups import Groups
from simulator.gateway.options import GatewayOptions
from simulator.gateway.order_desk import OrderDesk
from simulator.gateway.pacing import HistoryPacing
from simulator.gateway.quotas import Quotas
from simulator.gateway.tape import Tape
from simulator.gateway.trouble import Incident, Trouble
from simulator.model.api import MarketModel
from simulator.model.market_rules import increment
from simulator.model.troubled import TroubledModel

if TYPE_CHECKING:
    from simulator.gateway.session import Session
    from simulator.truth.journal import Journal


class Services:
    """The market, the clock, the choices, and what the login may still use."""

    def __init__(self, model: MarketModel, clock: Clock, options: GatewayOptions) -> None:
        # Whatever else is built of the market must see its troubles as well.
        model = TroubledModel(model, clock)
        self.model = model
        self.clock = clock
        self.options = options
        self.universe = Universe(model.listings, clock.now)
        self.farms = Farms()
        self.quotas = Quotas(options)
        self.pacing = HistoryPacing()
        self.clients: dict[int, Session] = {}
        self.groups = Groups()
        self.trouble = Trouble()
        self.incidents: list[Incident] = []
        self.ledger = Ledger(model, clock, self.account)
        self.exchange = Exchange(model, clock, self.ledger, self.trouble.halted, increment)
        self.orders = OrderDesk(self)
        self.flows = Flows()
        self.tape = Tape(model)
        self.journal: Journal | None = None
        self.trouble.listeners.append(self.flows.refresh)

    @property
    def account(self) -> str:
        """The account that every client sees."""
        return self.model.source.account

    def check_account(self, name: str) -> None:
        """Refuse with 321 an account that is not this login's; no name means all there are."""
        if name not in ("", "All", self.account):
            raise refusals.invalid(f"Invalid account code '{name}'.")
