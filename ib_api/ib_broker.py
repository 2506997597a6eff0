"""IB as a `market.broker.MarketData`: what the rest of the program asks, over all the other parts."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from ib_api.asks import head_ask, history_ask, past_ticks_ask
from ib_api.desired import IBSubscription, IBTickSubscription
from ib_api.durations import asked, duration, is_final, max_span, whole_seconds
from ib_api.errors import NotConnected
from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector
from ib_api.ib_contract import IBContract
from ib_api.ib_requests import IBRequests
from ib_api.metrics import Meter, Metrics
from ib_api.pending import Pending
from ib_api.reconnect import Address, Policy, Reconnector, connect
from ib_api.schedule_requests import schedule_ask
from ib_api.scheduling import Ask, Limits, Scheduler
from ib_api.sessions import days_of, years
from ib_api.supervisor import Supervisor
from ib_api.symbols import OTHER_KINDS, candidates, parse_symbol, prefer
from ib_api.watch import Watch
from ib_api.ways import Desk, Farm
from ib_api.wire_log import WireLog
from market.bar_size import BarSize
from market.bridge import LoopBridge
from market.broker import BarRequest
from market.bus import EventBus
from market.clock import Clock, RealClock
from market.errors import (
    AmbiguousContract,
    BadRequest,
    ConnectionFailed,
    ContractNotFound,
    NoData,
    PacingRefused,
)
from market.events import (
    AccountValue,
    Bar,
    ConnectionChanged,
    Hours,
    PositionUpdate,
    Tick,
    TickSource,
    TickType,
)
from market.instrument import Instrument
from market.session import Session
from market.source import Source
from market.wanted import Wanted, WantedTicks

T = TypeVar("T")

_PACING_RETRIES = 5
_SHOWN_CANDIDATES = 10


class IBBroker:
    """Market data of IB or the simulated gateway: made by `open`, used on one event loop, then `close`d."""

    def __init__(
        self,
        connector: IBConnector,
        bus: EventBus,
        bridge: LoopBridge,
        address: Address,
        meter: Meter,
        *,
        account: str = "",
        policy: Policy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.connector = connector
        self.bus = bus
        self.callbacks: IBCallbacks = connector.callbacks
        self.requests = IBRequests(connector)
        self.scheduler = connector.scheduler
        self.account = _chosen(account, self.callbacks.accounts)
        self.source = Source.of_account(self.account)
        clock = self._clock = clock or RealClock()
        self._bridge = bridge
        reconnector = Reconnector(connector, address, policy or Policy(), clock, self._check_login)
        self._desk = Desk(self.requests)
        self.supervisor = Supervisor(connector, bus, self._desk, reconnector, clock, self._time_anew)
        self.supervisor.start()
        self._meter = meter
        self.watch = Watch(self, clock, bus.publish, meter.clocks)
        self._unwatch = bus.subscribe(ConnectionChanged, self.watch.on_connection)

    @classmethod
    async def open(
        cls,
        host: str = "127.0.0.1",
        port: int = 7497,
        client_id: int = 1,
        *,
        account: str = "",
        timeout: float = 10.0,
        max_server_version: int | None = None,
        bus: EventBus | None = None,
        policy: Policy | None = None,
        clock: Clock | None = None,
        limits: Limits | None = None,
        memory: Path | None = None,
        wire_log: Path | None = None,
    ) -> "IBBroker":
        """Connect and answer a broker that can be asked. Its events go to `bus`, on this event loop.

        This first connection is tried once; later ones are made anew as `policy` says. All waiting is by
        `clock`, `limits` are those of the login, and `memory` is the file that keeps what IB still counts
        over a restart of ours. Every message is written to `wire_log` where that is given. Raise a
        `ConnectionFailed`; `BadRequest` when the login has several accounts and none is named.
        """
        bus = bus or EventBus()
        clock = clock or RealClock()
        callbacks = IBCallbacks(clock=clock)
        meter = Meter(bus, callbacks, clock)
        bridge = LoopBridge(asyncio.get_running_loop(), meter.deliver)
        callbacks.sink = bridge.put
        log = WireLog(wire_log, clock.now) if wire_log else None
        connector = IBConnector(
            callbacks,
            max_server_version=max_server_version,
            scheduler=Scheduler(clock, limits, memory),
            wire_log=log,
        )
        address = Address(host, port, client_id, timeout)
        try:
            await connect(connector, address)
            return cls(connector, bus, bridge, address, meter, account=account, policy=policy, clock=clock)
        except BaseException:
            await asyncio.to_thread(connector.disconnect)
            if log is not None:
                log.close()
            raise

    async def close(self) -> None:
        """End the connection; what had arrived is delivered first."""
        self._unwatch()
        await self.watch.close()
        await self.supervisor.close()
        await asyncio.to_thread(self.connector.disconnect)
        self._bridge.close()
        self._meter.close()
        if self.connector.wire_log is not None:
            self.connector.wire_log.close()

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts of the login."""
        return self.callbacks.accounts

    @property
    def server_version(self) -> int:
        """The protocol version agreed on; 0 without a connection."""
        return self.connector.serverVersion() or 0

    @property
    def farms(self) -> dict[str, str]:
        """What IB last said of each data farm: ok, idle, connecting or broken."""
        return dict(self.callbacks.farms.states)

    def metrics(self) -> Metrics:
        """What the connection has done so far, in numbers."""
        return self._meter.read(self._bridge.high_water)

    # -- questions

    async def now(self) -> int:
        """The time of the data, UTC nanoseconds: TWS's, unless the stamps show that its clock is wrong."""
        return self.callbacks.time.corrected(await self.tws_time())

    async def tws_time(self) -> int:
        """What TWS says the time is: to the millisecond, or to the second from an older TWS."""
        return await self._answer(self.requests.req_current_time_in_millis)

    async def positions(self) -> Sequence[PositionUpdate]:
        """What all accounts of the login hold."""
        return await self._answer(self.requests.req_positions)

    async def account_values(self) -> Sequence[AccountValue]:
        """The account window of our account, kept up to date by events from then on."""
        return await self._answer(lambda: self.requests.req_account_updates(self.account))

    async def find(self, text: str) -> Sequence[Instrument]:
        """All contracts that fit a name (see `ib_api.symbols`); empty when none does."""
        wanted = parse_symbol(text)
        try:
            return candidates(await self._answer(lambda: self.requests.req_contract_details(wanted.contract)))
        except ContractNotFound:
            if wanted.kind or wanted.contract_id:
                return []
        for kind in OTHER_KINDS:
            if found := await self.find(f"{text}/{kind}"):
                return found
        samples = await self._answer(lambda: self.requests.req_matching_symbols(wanted.symbol))
        # By contract id IB answers whatever the exchange and the currency: what the name says of them holds.
        at = f"@{wanted.exchange}" if wanted.exchange else ""
        alike = [each.contract_id for each in samples if each.symbol.upper() == wanted.symbol]
        found = [each for number in alike[:_SHOWN_CANDIDATES] for each in await self.find(f"{number}{at}")]
        return [each for each in found if wanted.currency in ("", each.currency)]

    async def matching(self, text: str) -> Sequence[Instrument]:
        """Stocks and others whose symbol or name begins like `text`, wherever: what IB offers in a search."""
        return await self._answer(lambda: self.requests.req_matching_symbols(text))

    async def resolve(self, text: str) -> Instrument:
        """The one contract meant; raise `ContractNotFound` or `AmbiguousContract` with the candidates.

        A symbol alone prefers the stock in dollars, and is something else only where no stock is called so.
        """
        found = list(await self.find(text))
        if not found:
            raise ContractNotFound(
                f"no contract is called {text!r}; search it in TWS or give its contract id"
            )
        likely = prefer(parse_symbol(text), found)
        if len(likely) > 1:
            lines = [each.describe() for each in likely]
            raise AmbiguousContract(
                f"{len(lines)} contracts are called {text!r}; give a contract id or SYMBOL@EXCHANGE: "
                + " | ".join(lines[:_SHOWN_CANDIDATES]),
                candidates=lines,
            )
        return likely[0]

    async def head_time(self, instrument: Instrument, what: str = "TRADES") -> int:
        """The time of the earliest bar."""
        contract = IBContract.of(instrument)
        return await self._history(
            head_ask(contract, what), lambda: self.requests.req_head_timestamp(contract, what)
        )

    # -- history

    @staticmethod
    def max_span(size: BarSize) -> int:
        """The range, in nanoseconds, that one request for bars of this size covers for certain."""
        return max_span(size)

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        """One request's worth of bars, oldest first; an empty list when IB has none.

        A bar is final when its end has passed by TWS's clock; one of a day and longer when a later one
        exists or the longest weekend has gone. IB may refuse a range longer than `max_span`; one
        of more bars than a message holds raises `BadRequest`.
        """
        request = whole_seconds(request)
        if request.start == request.end:
            return []
        duration(request)
        contract, size = IBContract.of(instrument), request.size
        now, since = await self.now(), self._clock.monotonic()
        length, end = asked(request, now)
        ask = history_ask(contract, size, request.what, f"{end} {length} {request.hours}")

        def send() -> Pending[list[Bar]]:
            # Its turn may have come minutes later.
            length, end = asked(request, now + self._clock.monotonic() - since)
            return self.requests.request_historical_data(
                contract, length, size.ib, end=end, what=request.what, hours=request.hours
            )

        try:
            found = await self._history(ask, send)
        except NoData:
            return []
        found.sort(key=lambda bar: bar.time)
        last = found[-1].time if found else 0
        return [
            bar if is_final(bar.time, size, now, bar.time < last) else replace(bar, final=False)
            for bar in found
            if request.start <= bar.time < request.end
        ]

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        """Historical ticks from the second of `start` on: `count` of them, then to the end of that second."""
        contract = IBContract.of(instrument)
        ask = past_ticks_ask(contract, tick_type, start, count)
        try:
            return await self._history(
                ask, lambda: self.requests.req_historical_ticks(contract, tick_type, start, count)
            )
        except NoData:
            return []

    async def schedule(
        self, instrument: Instrument, start: int, end: int, *, hours: Hours = "all"
    ) -> Sequence[Session]:
        """The sessions of the past that overlap [start, end), in order; none where IB knows none.

        Raise `NotSupported` where TWS or IB's library is too old to tell.
        """
        now, found = await self.now(), set[Session]()
        for first, last in years(start, min(end, now)):
            found |= set(await self._schedule(instrument, first, last, hours, now))
        return sorted(each for each in found if each.start < end and start < each.end)

    # -- streams

    async def subscribe(self, wanted: Wanted) -> IBSubscription:
        """Keep `wanted` coming to the bus, whatever happens to the line, until the answer is cancelled.

        Equal declarations share one stream at IB. Comes back once it comes, or once it is known what it
        waits for (see `note`). Raise what IB refuses it with for good, and `BadRequest` for what the
        contract cannot have.
        """
        return await self.supervisor.subscribe(wanted)

    async def stream(
        self, instrument: Instrument, tick_type: TickType, *, source: TickSource = "tbt"
    ) -> IBTickSubscription:
        """`subscribe` to ticks: tick-by-tick, or the market-data line where IB refuses that (see `note`).

        A refusal that comes late changes the subscription while it runs.
        """
        wanted = WantedTicks(instrument=instrument, tick_type=tick_type, source=source)
        subscription = await self.subscribe(wanted)
        assert isinstance(subscription, IBTickSubscription)
        return subscription

    async def gave_up(self) -> ConnectionFailed:
        """Wait until there will be no further attempt to connect; the answer says why."""
        return await asyncio.shield(self.supervisor.gone)

    # -- turns

    async def _schedule(
        self, instrument: Instrument, start: int, end: int, hours: Hours, now: int
    ) -> Sequence[Session]:
        contract, days, until = IBContract.of(instrument), days_of(start, end), None if end >= now else end
        ask = self.requests.req_historical_schedule
        try:
            return await self._history(
                schedule_ask(contract, days, until, hours),
                lambda: ask(contract, days, end=until, hours=hours),
            )
        except NoData:
            return []

    async def _answer(self, ask: Callable[[], Pending[T]]) -> T:
        return await self._over_an_outage(lambda: self._ask(Ask(), ask))

    async def _history(self, ask: Ask, send: Callable[[], Pending[T]]) -> T:
        """Ask again, in turn, where IB refuses for its pace: other programs use the same budget."""

        async def served() -> T:
            await self._farm_is_up("history")
            return await self._ask(ask, send)

        for _ in range(_PACING_RETRIES):
            with contextlib.suppress(PacingRefused):
                return await self._over_an_outage(served)
        return await self._over_an_outage(served)

    async def _over_an_outage(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask once there is a connection, and again if that breaks meanwhile: a question changes nothing."""
        await self.supervisor.line()
        try:
            return await ask()
        except NotConnected:
            await self.supervisor.line()
            return await ask()

    async def _ask(self, ask: Ask, send: Callable[[], Pending[T]]) -> T:
        return await self._desk.answered(await self._desk.send(ask, send))

    async def _farm_is_up(self, farm: Farm) -> None:
        """Wait for a farm that is about to come."""
        supervisor = self.supervisor
        while not supervisor.conditions.settled and supervisor.conditions.obstacle(farm):
            supervisor.changed.clear()
            await supervisor.changed.wait()

    async def _time_anew(self) -> None:
        """TWS's time by a question sent after this call, not by one that is under way."""
        ask = self.requests.req_current_time_in_millis
        if any(self.requests.registry.find(name) for name in ("current time", "current time in millis")):
            await self._ask(Ask(), ask)
        await self._ask(Ask(), ask)

    def _check_login(self) -> None:
        """Whether the gateway that answers now is the one whose data this is."""
        if self.account not in self.callbacks.accounts:
            raise BadRequest(
                f"another login answers now: it has {', '.join(self.callbacks.accounts)}, not {self.account}"
            )


def _chosen(account: str, accounts: tuple[str, ...]) -> str:
    if account and account not in accounts:
        raise BadRequest(f"account {account} is not of this login; it has {', '.join(accounts)}")
    if not account and len(accounts) > 1:
        raise BadRequest(f"this login has several accounts; choose one: {', '.join(accounts)}")
    return account or accounts[0]
