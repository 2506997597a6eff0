"""IB as a `market.broker.MarketData`: what the rest of the program asks, over all the other parts."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from ib_api.asks import head_ask, history_ask, line_ask, past_ticks_ask, ticks_ask
from ib_api.durations import duration, end_of, is_final, max_span, reaching_now, whole_seconds
from ib_api.farms import FARM_CODES
from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector
from ib_api.ib_contract import IBContract
from ib_api.ib_requests import IBRequests
from ib_api.pending import Pending
from ib_api.scheduling import Ask, Limits, Scheduler
from ib_api.subscription import IBSubscription, MarketLines, check_deliverable
from ib_api.symbols import OTHER_KINDS, candidates, parse_symbol, prefer
from market.bar_size import BarSize
from market.bridge import LoopBridge
from market.broker import BarRequest
from market.bus import EventBus
from market.clock import Clock, RealClock
from market.errors import AmbiguousContract, BadRequest, ContractNotFound, NoData, PacingRefused
from market.events import AccountValue, Bar, PositionUpdate, Problem, Tick, TickSource, TickType
from market.instrument import Instrument
from market.source import Source

T = TypeVar("T")

FARM_GRACE = 3.0
"""Seconds after connecting that a request waits for IB to say that its farms are up."""

_ANSWER_SECONDS = 60.0
_PACING_RETRIES = 5
_SHOWN_CANDIDATES = 10


class IBBroker:
    """Market data of IB or the simulated gateway: made by `open`, used on one event loop, then `close`d."""

    def __init__(self, connector: IBConnector, bus: EventBus, bridge: LoopBridge, account: str = "") -> None:
        self.connector = connector
        self.bus = bus
        self.callbacks: IBCallbacks = connector.callbacks
        self.requests = IBRequests(connector)
        self.scheduler = connector.scheduler
        self.account = _chosen(account, self.callbacks.accounts)
        self.source = Source.of_account(self.account)
        self._bridge = bridge
        self._lines = MarketLines(self.requests)
        self._grace_ends = asyncio.get_running_loop().time() + FARM_GRACE
        self._farm_news = asyncio.Event()
        self._unsubscribe = bus.subscribe(Problem, self._on_problem)

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
        clock: Clock | None = None,
        limits: Limits | None = None,
        memory: Path | None = None,
    ) -> "IBBroker":
        """Connect and answer a broker that can be asked. Its events go to `bus`, on this event loop.

        `limits` are those of the login; their periods run on `clock`, and `memory` is the file that keeps
        them over a restart of ours.
        Raise a `ConnectionFailed`; `BadRequest` when the login has several accounts and none is named.
        """
        bus = bus or EventBus()
        bridge = LoopBridge(asyncio.get_running_loop(), bus.publish_all)
        scheduler = Scheduler(clock or RealClock(), limits, memory)
        connector = IBConnector(
            IBCallbacks(bridge.put), max_server_version=max_server_version, scheduler=scheduler
        )
        attempt = asyncio.ensure_future(asyncio.to_thread(connector.connect, host, port, client_id, timeout))
        try:
            await asyncio.shield(attempt)
        except asyncio.CancelledError:
            attempt.add_done_callback(lambda done: _undo(connector, done))
            raise
        try:
            return cls(connector, bus, bridge, account)
        except BaseException:
            await asyncio.to_thread(connector.disconnect)
            raise

    async def close(self) -> None:
        """End the connection; what had arrived is delivered first."""
        await asyncio.to_thread(self.connector.disconnect)
        self._bridge.close()
        self._unsubscribe()

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

    # -- questions

    async def now(self) -> int:
        """TWS's time, UTC nanoseconds: to the millisecond, or to the second from an older TWS."""
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
        alike = [each.contract_id for each in samples if each.symbol.upper() == wanted.symbol]
        return [found for each in alike[:_SHOWN_CANDIDATES] for found in await self.find(str(each))]

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
        """The longest range, in nanoseconds, that `bars` takes for this size."""
        return max_span(size)

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        """One request's worth of bars, oldest first; an empty list when IB has none.

        A bar is final when its end has passed by TWS's clock; one of a day and longer when a later one
        exists or the longest weekend has gone. Raise `BadRequest` for a range longer than `max_span`.
        """
        request = whole_seconds(request)
        if request.start == request.end:
            return []
        duration(request)
        contract, size = IBContract.of(instrument), request.size
        now = await self.now()
        length, end = duration(reaching_now(request, now)), end_of(request, now)
        ask = history_ask(contract, size, request.what, f"{end} {length} {request.hours}")
        try:
            found = await self._history(
                ask,
                lambda: self.requests.request_historical_data(
                    contract, length, size.ib, end=end, what=request.what, hours=request.hours
                ),
            )
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

    # -- streams

    async def stream(
        self, instrument: Instrument, tick_type: TickType, *, source: TickSource = "tbt"
    ) -> IBSubscription:
        """Stream to the bus: tick-by-tick, or the market-data line where IB refuses that (then see `note`).

        Raise what IB refuses both with, and `BadRequest` for what the contract cannot have. A refusal that
        comes late changes the subscription while it runs.
        """
        check_deliverable(instrument, tick_type)
        await self._farm_is_up("market_data")
        subscription = IBSubscription(instrument, tick_type, self.requests, self._lines)
        contract = IBContract.of(instrument)
        if source == "tbt" and self.scheduler.free("ticks"):
            await self._send(ticks_ask(contract), subscription.use_tick_by_tick)
        else:
            if source == "tbt":
                subscription.derived("all tick-by-tick streams are in use")
            await self._send(line_ask(contract), subscription.use_market_line)
        try:
            await self._settle(subscription)
        except BaseException:
            subscription.cancel()
            raise
        return subscription

    async def _settle(self, subscription: IBSubscription) -> None:
        """TWS answers in order, so an immediate refusal of the last attempt has come when its clock has."""
        attempts = 0
        while attempts != subscription.attempts:
            attempts = subscription.attempts
            await self.now()
        if subscription.error is not None:
            raise subscription.error

    # -- turns

    async def _answer(self, ask: Callable[[], Pending[T]]) -> T:
        pending = await self._send(Ask(), ask)
        return await pending.within(_ANSWER_SECONDS)

    async def _history(self, ask: Ask, send: Callable[[], Pending[T]]) -> T:
        """Ask again, in turn, where IB refuses for its pace: other programs use the same budget."""
        await self._farm_is_up("history")
        for _ in range(_PACING_RETRIES):
            pending = await self._send(ask, send)
            with contextlib.suppress(PacingRefused):
                return await pending.within(_ANSWER_SECONDS)
        pending = await self._send(ask, send)
        return await pending.within(_ANSWER_SECONDS)

    async def _send(self, ask: Ask, send: Callable[[], T]) -> T:
        """Send when its turn has come."""
        permit = await self.scheduler.turn(ask)
        with permit.offered():
            return send()

    async def _farm_is_up(self, kind: str) -> None:
        farms = self.callbacks.farms
        while not getattr(farms, kind):
            self._farm_news.clear()
            try:
                async with asyncio.timeout_at(self._grace_ends):
                    await self._farm_news.wait()
            except TimeoutError:
                return

    def _on_problem(self, problem: Problem) -> None:
        if problem.code in FARM_CODES:
            self._farm_news.set()


def _chosen(account: str, accounts: tuple[str, ...]) -> str:
    if account and account not in accounts:
        raise BadRequest(f"account {account} is not of this login; it has {', '.join(accounts)}")
    if not account and len(accounts) > 1:
        raise BadRequest(f"this login has several accounts; choose one: {', '.join(accounts)}")
    return account or accounts[0]


def _undo(connector: IBConnector, attempt: "asyncio.Future[None]") -> None:
    """A connection whose opener was cancelled: end it when it is there."""
    if not attempt.cancelled() and attempt.exception() is None:
        connector.disconnect()
