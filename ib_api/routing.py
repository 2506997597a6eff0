"""The state behind the callbacks: who waits for what, and the batch of events under way."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any, Literal

from ib_api.depth_line import CLEARED_BY, DepthLine
from ib_api.error_codes import ErrorCode, advice, describe, error_class, known, lookup
from ib_api.farms import Farms
from ib_api.gate import ReadyGate
from ib_api.gateway_time import GatewayTime
from ib_api.lines import AccountLine, Line, MarketDataLine, TickByTickLine, present
from ib_api.order_book import OrderBook
from ib_api.registry import RequestRegistry
from market.clock import Clock, RealClock
from market.errors import NoPermission, RequestFailed, RequestRejected
from market.events import ConnectionChanged, DataType, Event, Midpoint, Problem, Quote, Tick, Trade
from market.times import SECOND

log = logging.getLogger("ib_api.routing")

Sink = Callable[[list[Event]], None]

_LOST, _RESTORED_EMPTY, _RESTORED, _SERVER_LOST = 1100, 1101, 1102, 2110
_LINK: dict[int, tuple[Literal["degraded", "ready"], str]] = {
    _LOST: ("degraded", "TWS lost its line to IB"),
    _SERVER_LOST: ("degraded", "TWS lost its line to IB's server"),
    _RESTORED_EMPTY: ("ready", "TWS is back; its streams are lost and must be asked for again"),
    _RESTORED: ("ready", "TWS is back; its streams go on"),
}
_BREAKS = (_LOST, _SERVER_LOST, 2103, 2105)
_REFUSED_WITHOUT_ID = {321: ("open orders", "completed orders"), 2101: ("account updates",)}
"""Requests that have no id at IB, by the code that refuses them: 321 is its read-only setting."""
_REFUSED_BY_TEXT = {"read-only": "open orders", "account code": "account updates"}
_WINDOW_ENDED = (2100, 2101)
"""The account window went to another account, or cannot be had."""

_UNREADABLE = 508
_COMPETING = 10197
_TOO_FAST = 100
_INVALID = 321
_SHOWN = 60

# TWS tells whole seconds; a smaller difference is not the clocks'.
_OFFSET_THAT_COUNTS = 2 * SECOND


def _nowhere(events: list[Event]) -> None:
    """The sink of who needs no events."""


def _learn_nothing(code: int, text: str) -> None:
    """Nobody paces what is sent."""


class Routing:
    """What `IBCallbacks` routes with; one for all connections of a connector.

    `failures` counts callbacks and sinks that raised, `unreadable` messages that could not be decoded,
    `unclaimed` errors for requests that nobody waits for any more, `unknown_codes` how often a code came that
    the table does not have; `bytes_received` and `messages_sent` speak for themselves.
    """

    def __init__(self, sink: Sink | None = None, clock: Clock | None = None) -> None:
        self.sink = sink or _nowhere
        self.time = GatewayTime(clock or RealClock())
        self.now = self.time.now
        self.registry = RequestRegistry()
        self.orders = OrderBook(now=self.now)
        self.farms = Farms()
        self.gate = ReadyGate()
        self.absorb: Callable[[int, str], object] = _learn_nothing
        self.accounts: tuple[str, ...] = ()
        self.next_order_id = 0
        self._order_ids = threading.Lock()
        self.clock_offset = 0
        self.end_reason = ""
        self.received = 0
        self.reading = False
        self.batch: list[Event] = []
        self.failures = self.unreadable = self.unclaimed = 0
        self.unknown_codes: Counter[int] = Counter()
        self.bytes_received = self.messages_sent = 0

    def begin(self, gate: ReadyGate, zone: tzinfo = UTC) -> None:
        """A new connection, to a gateway in `zone`: nothing of the one before it is left."""
        self.gate, self.farms, self.orders = gate, Farms(), OrderBook(zone, self.now)
        # Order ids go on: after a restart TWS may have forgotten which ones it has seen.
        self.accounts, self.end_reason = (), ""
        self.batch = []

    # -- events

    def emit(self, event: Event) -> None:
        """Add to the batch of the messages being read."""
        self.batch.append(event)

    def emit_ready(self) -> None:
        """Say that requests can be made."""
        self.emit(ConnectionChanged("ready", f"connected as {', '.join(self.accounts)}", self.received))

    def flush(self) -> None:
        """Hand the batch on; a sink that raises costs that batch and nothing else."""
        if not self.batch:
            return
        batch, self.batch = self.batch, []
        self.time.came(self.received, batch[-1])
        try:
            self.sink(batch)
        except Exception:
            self.failures += 1
            log.exception("the sink failed; %d events were lost", len(batch))

    def report(self, code: int, message: str, request_id: int = -1, what_to_do: str = "") -> None:
        """Tell the user of a problem and what it is about, with the advice of the code or a given one.

        A refusal after which the stream is asked for in another way is told for information; so is the word
        that another session has the data of a stream which was taken back because of that word for another.
        """
        row, line = lookup(code), self.registry.streams.get(request_id)
        about = line or self.registry.find(request_id)
        message = f"{about.what}: {message}" if about else message
        contract_id = (line.contract_id or None) if line else None
        severity = row.severity if code else "error"
        retried = line is not None and _stops(row, line) and line.listener.retries(code)
        if retried or (code == _COMPETING and about is None):
            severity = "info"
        self.emit(
            Problem(code, message, severity, self.received, what_to_do or row.advice, request_id, contract_id)
        )

    def callback_failed(self, name: str) -> None:
        """A user's callback raised: log it with its traceback and go on."""
        self.failures += 1
        log.exception("your %s callback failed; the connection lives on", name)
        self.report(
            0, f"your {name} callback failed; its traceback is in the log", what_to_do="mend the callback"
        )

    def undecodable(self, payload: bytes, error: Exception, request_id: int = -1) -> None:
        """A message that cannot be decoded: leave it out, fail the request that it answers, and go on."""
        self.unreadable += 1
        shown = payload[:_SHOWN].decode("latin-1").encode("unicode_escape").decode()
        log.warning("a message could not be read (%s): %s", error, shown, exc_info=error)
        text = f"a message could not be read and was left out ({error}): {shown}"
        self.report(_UNREADABLE, text, request_id)
        self.fail_answer(request_id, f"the answer could not be read ({error})")

    # -- order ids

    def take_order_id(self) -> int:
        """An order id that nobody gets a second time, whatever the thread that asks."""
        with self._order_ids:
            taken = self.next_order_id
            self.next_order_id = taken + 1
            return taken

    def order_ids_from(self, first: int) -> None:
        """TWS said which id is free; one that was handed out meanwhile is not."""
        with self._order_ids:
            self.next_order_id = max(self.next_order_id, first)

    # -- answers

    def asked_for_account(self, account: str) -> bool:
        """Whether values of `account` answer the question that is under way, and not one before it."""
        answer = self.registry.find("account updates")
        return answer is None or answer.detail.question in (account, "") or account not in self.accounts

    def resolve_rows(self, key: int | str) -> None:
        """The answer is complete."""
        if answer := self.registry.take(key):
            answer.resolve(answer.rows)

    def fail_answer(self, request_id: int, reason: str) -> None:
        """The answer came and cannot be read; IB is told that the rest of it is not wanted."""
        if answer := self.registry.find(request_id):
            error = RequestRejected(f"{answer.what}: {reason}; ask again", request_id=request_id)
            answer.fail(error, abandon=True)

    def add_row(self, key: int | str, event: Event) -> None:
        """An event that is also a row of an answer, if someone waits for it."""
        self.emit(event)
        if answer := self.registry.find(key):
            answer.rows.append(event)

    def answer_time(self, name: str, now: int) -> None:
        """TWS told its time; what has no time of its own is stamped by TWS's clock from now on."""
        self.time.told(now, 0 if "millis" in name else SECOND)
        offset = self.time.reported
        self.clock_offset = offset if abs(offset) > _OFFSET_THAT_COUNTS else 0
        if answer := self.registry.take(name):
            answer.resolve(now)

    def collect_ticks(
        self, request_id: int, ticks: Sequence[Any], done: bool, make: Callable[..., list[Tick]]
    ) -> None:
        """Historical ticks come in several messages, the last one marked."""
        answer = self.registry.find(request_id)
        if answer is None:
            return
        answer.rows.extend(make(ticks, answer.detail, self.received))
        if done:
            self.resolve_rows(request_id)

    # -- errors

    def on_error(self, request_id: int, code: int, text: str) -> None:
        """Sort an error or a notice by what it does to its request."""
        self.farms.note(code, text)
        if code in _BREAKS:
            self.time.broke()
        if not known(code):
            self.unknown_codes[code] += 1
        if code == _TOO_FAST:
            self.absorb(code, text)
        if code in _LINK:
            self.emit(ConnectionChanged(*_LINK[code], self.received))
        row = lookup(code)
        line = self.registry.streams.get(request_id)
        key = _meant(request_id, code, text)
        answer = self.registry.find(key)
        if row.stops and answer is not None:
            self._fail(key, code, text)
            return
        self.report(code, text, request_id, advice(code, text))
        if code in CLEARED_BY and isinstance(line, DepthLine):
            self.emit(line.clear(self.received + self.clock_offset, self.received))
        for name in _REFUSED_WITHOUT_ID.get(code, ()) if request_id < 0 else ():
            self._fail(name, code, text)
        if code in _WINDOW_ENDED:
            self._end_window(code, text)
        if line is not None:
            self._tell(line, request_id, code, text)
        elif answer is None and request_id >= 0:
            self.unclaimed += 1

    def _fail(self, key: int | str, code: int, text: str) -> None:
        answer = self.registry.take(key)
        if answer is not None:
            answer.fail(_error(answer.what, code, text, answer.request_id))

    def _end_window(self, code: int, text: str) -> None:
        """The account window is a stream that has no id at IB: it is refused, or another client's now."""
        for request_id, line in list(self.registry.streams.items()):
            if isinstance(line, AccountLine) and self.registry.streams.pop(request_id, None) is line:
                line.listener.refused(_error(line.what, code, text, request_id))

    def _tell(self, line: Line, request_id: int, code: int, text: str) -> None:
        if not _stops(lookup(code), line):
            line.listener.advised(code, text)
            return
        # Another thread may have cancelled it since. What IB goes on with stays ours to cancel: a stream that
        # another session has, and one that it only remarks on but that never brings what was wanted.
        goes_on = code == _COMPETING or not lookup(code).stops
        streams = self.registry.streams
        if (streams.get(request_id) if goes_on else streams.pop(request_id, None)) is None:
            return
        line.listener.refused(_error(line.what, code, text, request_id))

    # -- ticks

    def depth_row(
        self,
        line: DepthLine,
        position: int,
        operation: int,
        side: int,
        price: float,
        size: float,
        maker: str = "",
        smart: bool = False,
    ) -> None:
        """A change of a book; the first one begins it."""
        line.heard = self.received
        now, received = self.received + self.clock_offset, self.received
        row = line.row(position, operation, side, price, size, maker, smart, now, received)
        if not line.begun:
            self.batch.append(line.clear(now, received))
        self.batch.append(row)

    def l1_price(self, line: MarketDataLine, kind: int, price: float, size: float, mask: int) -> None:
        """A price tick of a market-data line."""
        line.heard = self.received
        event = line.price(kind, price, size, mask, self.received + self.clock_offset, self.received)
        if event is not None:
            self.batch.append(event)

    def l1_size(self, line: MarketDataLine, kind: int, size: float) -> None:
        """A size tick of a market-data line."""
        line.heard = self.received
        event = line.size(kind, size, self.received + self.clock_offset, self.received)
        if event is not None:
            self.batch.append(event)

    def tbt_last(
        self,
        line: TickByTickLine,
        seconds: int,
        price: float,
        size: float,
        past_limit: bool,
        unreported: bool,
        venue: str,
        conditions: str,
    ) -> None:
        """A tick-by-tick print."""
        line.heard = self.received
        self.batch.append(
            Trade(
                line.contract_id,
                line.exchange,
                seconds * SECOND,
                self.received,
                price,
                size,
                line.tick_type,
                venue,
                conditions,
                past_limit,
                unreported,
                "tbt",
                DataType.LIVE,
            )
        )

    def tbt_quote(
        self,
        line: TickByTickLine,
        seconds: int,
        bid: float,
        ask: float,
        bid_size: float,
        ask_size: float,
        bid_past_low: bool,
        ask_past_high: bool,
    ) -> None:
        """A tick-by-tick quote; a side that is not there is `None`."""
        line.heard = self.received
        has_bid, has_ask = present(bid, bid_size), present(ask, ask_size)
        self.batch.append(
            Quote(
                line.contract_id,
                line.exchange,
                seconds * SECOND,
                self.received,
                bid if has_bid else None,
                ask if has_ask else None,
                bid_size if has_bid else None,
                ask_size if has_ask else None,
                bid_past_low,
                ask_past_high,
                "tbt",
                DataType.LIVE,
            )
        )

    def tbt_midpoint(self, line: TickByTickLine, seconds: int, price: float) -> None:
        """A tick-by-tick midpoint."""
        line.heard = self.received
        self.batch.append(Midpoint(line.contract_id, line.exchange, seconds * SECOND, self.received, price))


def _stops(row: ErrorCode, line: Line) -> bool:
    """Whether a code ends a stream: a lack of permission ends what IB does not serve delayed."""
    return row.stops or (issubclass(row.error, NoPermission) and not line.has_delayed)


def _error(what: str, code: int, text: str, request_id: int) -> RequestFailed:
    """What a request fails with: what was asked of which contract, IB's code and text, advice, our id."""
    about = f" (request {request_id})" if request_id >= 0 else ""
    kind = error_class(code, text)
    return kind(f"{what}: {describe(code, text)}{about}", code=code, request_id=request_id)


def _meant(request_id: int, code: int, text: str) -> int | str:
    """Who an error is for: some refusals of what has no id at IB are known by their texts alone."""
    if request_id < 0 and code == _INVALID:
        said = text.lower()
        return next((name for words, name in _REFUSED_BY_TEXT.items() if words in said), request_id)
    return request_id
