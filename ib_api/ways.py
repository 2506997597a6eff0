"""How each kind of wanted stream is asked for at IB, and given up: one class for each kind."""

import contextlib
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from ib_api.hearing import OnLoop
from ib_api.ib_orders import IBOrders
from ib_api.ib_requests import IBRequests
from ib_api.lines import Line
from ib_api.market_lines import MarketLines
from ib_api.pending import Pending
from ib_api.scheduling import Ask
from market.errors import ConnectionFailed, RequestFailed
from market.events import BarSource, TickSource
from market.wanted import Wanted

T = TypeVar("T")

ANSWER_SECONDS = 60.0
"""IB itself gives up on a historical request after about a minute."""

REREAD_SECONDS = 10.0
"""For what is read again after each connection; where there is nothing IB may not even say so."""

Farm = Literal["market_data", "history", "none"]


class Desk:
    """What every way of asking needs."""

    def __init__(self, requests: IBRequests) -> None:
        self.requests = requests
        self.scheduler = requests.scheduler
        self.lines = MarketLines(requests)

    async def send(self, ask: Ask, send: Callable[[], T]) -> T:
        """Send when its turn has come."""
        permit = await self.scheduler.turn(ask)
        with permit.offered():
            return send()

    async def answered(self, answer: Pending[T]) -> T:
        """Wait for it; raise `RequestTimedOut`."""
        return await answer.within(ANSWER_SECONDS, self.scheduler.clock)

    async def reread(self) -> None:
        """Read open orders, executions and positions: their events go to the bus."""
        orders = IBOrders(self.requests.connector)
        asks: list[Callable[[], Pending[Any]]] = [
            orders.req_open_orders,
            orders.req_executions,
            self.requests.req_positions,
        ]
        for ask in asks:
            # TWS's read-only setting refuses some of it, and says so by itself.
            with contextlib.suppress(RequestFailed, ConnectionFailed):
                answer = await self.send(Ask(), ask)
                await answer.within(REREAD_SECONDS, self.scheduler.clock)


class Way:
    """One wanted stream at IB. The supervisor sets what is to be called: `on_refused` once IB has ended the
    stream, `on_changed` when it is to be asked for in another way, `on_advised` for what IB remarks.

    `kind` is its name in events, `farm` what must work for it, `lingers` whether it is worth keeping for a
    while after its last user, because IB does not let it be asked for again at once.
    """

    kind = ""
    farm: Farm = "market_data"
    lingers = False
    source: TickSource | BarSource | None = None

    def __init__(self, wanted: Wanted, desk: Desk) -> None:
        self.wanted = wanted
        self.desk = desk
        self.running = False
        self.on_refused: Callable[[Exception], None] = lambda error: None
        self.on_changed: Callable[[], None] = lambda: None
        self.on_advised: Callable[[int, str], None] = lambda code, text: None

    @property
    def line(self) -> Line | None:
        """What brings it at present."""
        return None

    @property
    def improvable(self) -> bool:
        """Whether it comes in a lesser way for want of a place, and might come as asked by now."""
        return False

    def improve(self) -> None:
        """Give up the lesser way: ask for it as it was wanted."""

    def place(self) -> str:
        """Which of IB's places are all taken, so that it has to wait for one; empty when none is lacking."""
        return ""

    async def ask(self) -> None:
        """Ask for it in its turn; raise what IB or the line refuse at once."""
        raise NotImplementedError

    def end(self) -> None:
        """Take it back at IB; harmless when it is not running."""
        raise NotImplementedError

    def lost(self) -> None:
        """IB has it no longer: there is nothing to take back."""
        raise NotImplementedError

    def mute(self, silent: bool) -> None:
        """Let it run without events, or with them again; only for what `lingers`."""

    def fall_back(self, error: Exception) -> str:
        """Go over to another way and say why; an empty answer: there is none."""
        return ""

    def _listener(self) -> OnLoop:
        return OnLoop(self._refused, lambda code, text: self.on_advised(code, text))

    def _refused(self, error: Exception) -> None:
        if self.running:
            self.end()
            self.on_refused(error)
