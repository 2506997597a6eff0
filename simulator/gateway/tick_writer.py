"""The ticks of one market-data line as messages to its client."""

from typing import TYPE_CHECKING

from simulator.wire import market_messages
from simulator.wire.market_messages import TickId
from simulator.wire.option_messages import Computation, option_computation

if TYPE_CHECKING:
    from simulator.gateway.session import Session


class TickWriter:
    """Sends each kind of tick under the ids of live or of delayed data; a muted one sends nothing."""

    def __init__(self, client: "Session", request_id: int, *, delayed: bool, muted: bool = False) -> None:
        self._send = _nowhere if muted else client.send
        self._version = client.version
        self._request_id = request_id
        self._delayed = delayed

    def price(self, tick: TickId, price: float, size: float = 0.0) -> None:
        self._send(market_messages.tick_price(self._version, self._request_id, self._id(tick), price, size))

    def size(self, tick: TickId, value: float) -> None:
        self._send(market_messages.tick_size(self._version, self._request_id, self._id(tick), value))

    def string(self, tick: TickId, value: str) -> None:
        self._send(market_messages.tick_string(self._version, self._request_id, self._id(tick), value))

    def generic(self, tick: TickId, value: float) -> None:
        self._send(market_messages.tick_generic(self._version, self._request_id, self._id(tick), value))

    def computation(self, tick: TickId, computed: Computation) -> None:
        self._send(option_computation(self._version, self._request_id, int(self._id(tick)), computed))

    def _id(self, tick: TickId) -> TickId:
        return tick.delayed() if self._delayed else tick


def _nowhere(*frames: bytes) -> None:
    """Where a muted line's messages go."""
