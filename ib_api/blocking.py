"""IB for scripts, notebooks and threads: every call waits for its answer.

::

    from ib_api.blocking import connect

    with connect(port=7497) as ib:
        aapl = ib.resolve("AAPL")
        for tick in ib.stream(aapl, "Last"):
            print(tick)

It is the `IBBroker` of asyncio programs on an event loop in a thread of its own, so that it works in a plain
script, in any thread (several may ask at once), and in a notebook's cell, whose own loop is running: there a
call holds the cell up until its answer has come, and nothing else.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from ib_api.belonging import belongs, kinds_of
from ib_api.errors import NotConnected
from ib_api.event_queue import EventQueue
from ib_api.ib_broker import IBBroker
from ib_api.loop_thread import LoopThread
from market.bar_size import BarSize
from market.broker import BarRequest, Subscription, TickSubscription
from market.events import (
    AccountValue,
    Bar,
    ConnectionChanged,
    Event,
    PositionUpdate,
    Problem,
    StreamChanged,
    Tick,
    TickSource,
    TickType,
)
from market.instrument import Instrument
from market.source import Source
from market.wanted import Wanted, WantedTicks

E = TypeVar("E", bound=Event)
T = TypeVar("T")

_NEWS = (Problem, ConnectionChanged, StreamChanged)
"""Events that may mean that a stream has ended."""


def connect(
    host: str = "127.0.0.1",
    port: int = 7497,
    client_id: int = 1,
    *,
    account: str = "",
    timeout: float = 10.0,
    max_server_version: int | None = None,
) -> "BlockingBroker":
    """Connect, as `IBBroker.open` does, and answer what can be asked; close it, or use it in a ``with``.

    Raise a `ConnectionFailed` (see `ib_api.errors`); `BadRequest` when the login has several accounts and
    none is named.
    """
    return waited_for(
        IBBroker.open(
            host, port, client_id, account=account, timeout=timeout, max_server_version=max_server_version
        )
    )


def waited_for(opening: Coroutine[Any, Any, IBBroker]) -> "BlockingBroker":
    """The broker that `opening` opens, on an event loop of its own; raise what that raises."""
    thread = LoopThread("ib-loop")
    try:
        return BlockingBroker(thread.call(opening), thread)
    except BaseException:
        thread.stop()
        raise


class BlockingBroker:
    """What `IBBroker` can be asked, waited for, on any thread; made by `connect`."""

    def __init__(self, broker: IBBroker, thread: LoopThread) -> None:
        self._broker = broker
        self._thread = thread
        self._queues = set[EventQueue[Event, Subscription]]()

    def close(self) -> None:
        """End the connection and its thread; calling it twice is harmless. Streams raise `NotConnected`."""
        if not self._thread.alive:
            return
        try:
            self._thread.call(self._broker.close())
        finally:
            self._thread.stop()
            for queue in self._queues:
                queue.fail(NotConnected("the connection was closed; connect again"))

    def __enter__(self) -> "BlockingBroker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def source(self) -> Source:
        """Where the data comes from."""
        return self._broker.source

    @property
    def account(self) -> str:
        """The account in use."""
        return self._broker.account

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts of the login."""
        return self._broker.accounts

    def now(self) -> int:
        """TWS's time, UTC nanoseconds."""
        return self._thread.call(self._broker.now())

    def positions(self) -> Sequence[PositionUpdate]:
        """What all accounts of the login hold."""
        return self._thread.call(self._broker.positions())

    def account_values(self) -> Sequence[AccountValue]:
        """The account window of our account."""
        return self._thread.call(self._broker.account_values())

    def find(self, text: str) -> Sequence[Instrument]:
        """All contracts that fit a name (see `ib_api.symbols`); empty when none does."""
        return self._thread.call(self._broker.find(text))

    def resolve(self, text: str) -> Instrument:
        """The one contract meant; raise `ContractNotFound` or `AmbiguousContract` with the candidates."""
        return self._thread.call(self._broker.resolve(text))

    def head_time(self, instrument: Instrument, what: str = "TRADES") -> int:
        """The time of the earliest bar."""
        return self._thread.call(self._broker.head_time(instrument, what))

    def max_span(self, size: BarSize) -> int:
        """The range, in nanoseconds, that one request for bars of this size covers for certain."""
        return self._broker.max_span(size)

    def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        """One request's worth of bars, oldest first; an empty list when IB has none."""
        return self._thread.call(self._broker.bars(instrument, request))

    def ticks(self, instrument: Instrument, tick_type: TickType, start: int, count: int) -> Sequence[Tick]:
        """Historical ticks from the second of `start` on: `count` of them, then to the end of that second."""
        return self._thread.call(self._broker.ticks(instrument, tick_type, start, count))

    def subscribe(self, wanted: Wanted) -> EventQueue[Event, Subscription]:
        """Keep `wanted` coming, whatever happens to the line, and iterate over its events.

        Raise what IB refuses it with for good, and `BadRequest` for what the contract cannot have.
        """
        return self._thread.call(self._subscribe(wanted))

    def stream(
        self, instrument: Instrument, tick_type: TickType, *, source: TickSource = "tbt"
    ) -> EventQueue[Tick, TickSubscription]:
        """`subscribe` to ticks: tick-by-tick, or the market-data line where IB refuses that.

        `subscription` of the answer says which, how fresh, and why (`source`, `data_type`, `note`).
        """
        wanted = WantedTicks(instrument=instrument, tick_type=tick_type, source=source)
        # Nothing but ticks belongs to wanted ticks.
        return self.subscribe(wanted)  # type: ignore[return-value]

    def run(self, work: Callable[[IBBroker], Coroutine[Any, Any, T]]) -> T:
        """Wait for what `work` makes of the asyncio broker, on the connection's event loop."""
        return self._thread.call(work(self._broker))

    def on(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every event of `kind`, on the connection's thread; the answer ends that.

        A handler must be quick, and cannot ask: all events wait for it.
        """

        async def subscribe() -> Callable[[], None]:
            return self._broker.bus.subscribe(kind, handler)

        return self._thread.call(subscribe())

    async def _subscribe(self, wanted: Wanted) -> EventQueue[Event, Subscription]:
        early: list[Event] = []
        leave_early = self._hear(kinds_of(wanted), early.append)
        try:
            subscription = await self._broker.subscribe(wanted)
        finally:
            leave_early()
        return self._queue(subscription, early)

    def _queue(self, subscription: Subscription, early: Sequence[Event]) -> EventQueue[Event, Subscription]:
        """The queue of a stream that has begun; `early` came while it did."""
        loop, thread = asyncio.get_running_loop(), self._thread

        def take(event: Event) -> None:
            if belongs(event, subscription):
                queue.put(event)

        def look(_: Event) -> None:
            # The news may come just before the subscription knows of it.
            loop.call_soon(queue.wake)

        leave = [self._hear(kinds_of(subscription.wanted), take), self._hear(_NEWS, look)]

        async def end() -> None:
            self._queues.discard(queue)
            subscription.cancel()
            for each in leave:
                each()

        queue: EventQueue[Event, Subscription] = EventQueue(subscription, lambda: thread.soon(end()))
        self._queues.add(queue)
        for event in early:
            take(event)
        return queue

    def _hear(self, kinds: Sequence[type[Event]], handler: Callable[[Event], None]) -> Callable[[], None]:
        cancels = [self._broker.bus.subscribe(kind, handler) for kind in kinds]

        def leave() -> None:
            for each in cancels:
                each()

        return leave
