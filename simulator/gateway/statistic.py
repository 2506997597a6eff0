"""What a source of slow generic ticks looks like."""

from collections.abc import Callable, Mapping

from simulator.gateway.services import Services
from simulator.model.api import Listing
from simulator.wire.market_messages import TickId

Found = Mapping[TickId, float | str | None]
"""What is known of each tick; None is not sent."""

Source = Callable[[Services, Listing, float | None, int], Found]
"""Asked for a contract, its price and the time."""
