"""What all connections of one gateway share."""

from typing import TYPE_CHECKING

from market.clock import Clock
from simulator.gateway.contracts import Universe
from simulator.gateway.flows import Flows
from simulator.gateway.groups import Groups
from simulator.gateway.options import GatewayOptions
from simulator.gateway.pacing import HistoryPacing
from simulator.gateway.quotas import Quotas
from simulator.gateway.tape import Tape
from simulator.gateway.trouble import Trouble
from simulator.model.api import MarketModel

if TYPE_CHECKING:
    from simulator.gateway.session import Session
    from simulator.truth.journal import Journal


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
        self.flows = Flows()
        self.tape = Tape(model)
        self.journal: Journal | None = None

    @property
    def account(self) -> str:
        """The account that every client sees."""
        return self.model.source.account
