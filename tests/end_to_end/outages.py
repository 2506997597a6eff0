"""A broker and a gateway at the same moment of driven clocks, and what broke and came in between."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from ib_api.ib_broker import IBBroker
from ib_api.reconnect import Policy
from market.clock import DrivenClock
from market.events import ConnectionChanged, Event, Problem, StreamChanged, Trade
from market.instrument import Instrument
from market.times import SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model.api import MarketModel

T = TypeVar("T")
E = TypeVar("E", bound=Event)

START = parse("2026-04-08T15:00:30")
STEP = SECOND // 4
REAL_SECONDS = 30
KINDS = ("line", "ticks", "bars", "depth", "history", "pnl", "account")


class Outage:
    """`events` is everything that came, each with our time of its coming."""

    def __init__(
        self,
        broker: IBBroker,
        thread: GatewayThread,
        market: MarketModel,
        theirs: DrivenClock,
        ours: DrivenClock,
    ) -> None:
        self.broker = broker
        self.thread = thread
        self.market = market
        self.clock = ours
        self.events = list[tuple[int, Event]]()
        self._theirs = theirs
        broker.bus.subscribe(Event, lambda event: self.events.append((ours.now(), event)))

    async def advance(self, seconds: float, step: int = STEP) -> None:
        """Let time pass in small steps; what happens in each has arrived before the next."""
        for _ in range(round(seconds * SECOND / step)):
            self.thread.call(lambda: self._theirs.advance(step))
            self.clock.advance(step)
            await self._quiet()

    async def opening(self, work: "asyncio.Future[T] | asyncio.Task[T]") -> T:
        """Let time pass until `work` is done."""
        for _ in range(600):
            await self._quiet()
            if work.done():
                break
            await self.advance(STEP / SECOND)
        return work.result()

    async def _quiet(self) -> None:
        connector = self.broker.connector
        async with asyncio.timeout(REAL_SECONDS):
            for _ in range(2):
                await asyncio.sleep(0)
                if not self.broker.supervisor.conditions.connected and not connector._connecting.locked():
                    await asyncio.sleep(0.002)
                while connector._connecting.locked():  # noqa: ASYNC110 - a thread makes the connection
                    await asyncio.sleep(0.001)
                for _ in range(20):
                    await asyncio.sleep(0)
                if self.broker.supervisor.conditions.connected:
                    await self._ask_time()

    async def _ask_time(self) -> None:
        """One round trip, beside the scheduler: it is the test's and not the program's."""
        connector = self.broker.connector
        answer, new = self.broker.requests.registry.named("current time")
        try:
            if new:
                connector.scheduler.hand.paid = True
                connector.reqCurrentTime()
            await answer
        except OSError:
            # No connection; what was under way has been told.
            self.broker.requests.registry.take("current time")
            await asyncio.sleep(0.002)
        finally:
            connector.scheduler.hand.paid = False

    # -- what is to be seen

    def of(self, kind: type[E]) -> list[E]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def states(self, instrument: Instrument, kind: str) -> list[str]:
        """How a stream stood, from its beginning."""
        changes = [each for each in self.of(StreamChanged) if each.contract_id == instrument.contract_id]
        return [each.state for each in changes if each.kind == kind]

    def at_ib(self) -> Counter[str]:
        """What our session has at the gateway, by kind."""
        return self.thread.call(
            lambda: Counter(
                kind
                for session in self.thread.gateway.services.clients.values()
                for kind, _ in session.subscriptions(*KINDS)
            )
        )

    def holes(self, instrument: Instrument, kind: str = "Last") -> list[tuple[int, int]]:
        """From when to when a stream admits that something may be missing, whole seconds."""
        found, since = list[tuple[int, int]](), None
        for each in self.of(StreamChanged):
            if (each.contract_id, each.kind) != (instrument.contract_id, kind):
                continue
            if each.state == "interrupted":
                since = each.time // SECOND
            elif each.state == "live" and since is not None:
                found.append((since, each.time // SECOND))
                since = None
        assert since is None, "the stream is not live at the end"
        return found

    def check_prints(self, instrument: Instrument) -> None:
        """Outside the holes everything has come, once, in order."""
        changes = [each for each in self.of(StreamChanged) if each.contract_id == instrument.contract_id]
        begun = next(each.time for each in changes if each.kind == "Last" and each.state == "live")
        holes = self.holes(instrument)

        def whole(time: int) -> bool:
            second = time // SECOND
            return second > begun // SECOND and not any(a <= second <= b for a, b in holes)

        # The last second may be under way still.
        end = (self.clock.now() // SECOND - 1) * SECOND
        every = [each for each in self.market.trades(instrument.contract_id, begun, end) if each.last]
        came = [each for each in self.of(Trade) if each.contract_id == instrument.contract_id]
        ours = [(each.time // SECOND, each.price) for each in came if whole(each.time) and each.time < end]
        assert ours, "nothing came outside the holes"
        truth = [(each.time // SECOND, each.price) for each in every if whole(each.time)]
        missing, extra = Counter(truth) - Counter(ours), Counter(ours) - Counter(truth)
        assert ours == truth, f"holes {holes}, missing {sorted(missing)}, too many {sorted(extra)}"

    def first_trade_after(self, time: int) -> int:
        """Our time of it."""
        return next(at for at, event in self.events if at >= time and isinstance(event, Trade))

    def connection(self) -> list[str]:
        return [each.state for each in self.of(ConnectionChanged)]

    def problems(self, code: int) -> list[Problem]:
        return [each for each in self.of(Problem) if each.code == code and each.severity != "info"]


@asynccontextmanager
async def outage(
    market: MarketModel, options: GatewayOptions | None = None, policy: Policy | None = None
) -> AsyncIterator[Outage]:
    theirs, ours = DrivenClock(START), DrivenClock(START)
    with run_in_thread(market, theirs, options or GatewayOptions(message_rate=0)) as thread:
        broker = await IBBroker.open("127.0.0.1", thread.port, 7, clock=ours, policy=policy)
        try:
            yield Outage(broker, thread, market, theirs, ours)
        finally:
            await broker.close()
