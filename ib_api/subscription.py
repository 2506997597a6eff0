"""Streams as the rest of the program sees them: tick-by-tick, or the market-data line in its place."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from ib_api.errors import NotSupported
from ib_api.ib_contract import IBContract
from ib_api.ib_requests import IBRequests
from ib_api.lines import Listener, MarketDataLine
from ib_api.requests_base import Stream
from market.errors import BadRequest, NoPermission, PacingRefused, TruetickError
from market.events import DataType, StreamState, TickType
from market.instrument import Instrument
from market.wanted import WantedTicks

_DELAYED_IS_OFF = (354, 10168, 10186)
_DELAYED_FROZEN, _DELAYED = 4, 3
_UNTRADED = ("CASH", "CMDTY")


def check_deliverable(instrument: Instrument, tick_type: TickType) -> None:
    """Raise `BadRequest` for ticks that this kind of contract never has, since their stream stays silent.

    IB's table of historical data types says which these are: no trades of currency pairs and metals, no bid
    and ask of indices.
    """
    trades = tick_type in ("Last", "AllLast")
    if trades and instrument.sec_type in _UNTRADED:
        raise BadRequest(f"{instrument.ticker} has no trades, only quotes; stream BidAsk or MidPoint")
    if not trades and instrument.sec_type == "IND":
        raise BadRequest(f"{instrument.ticker} is an index and has no quotes; stream Last")


class _Shared(NamedTuple):
    """A line, the data type it was asked for under, and who uses it."""

    stream: Stream
    data_type: int
    users: "list[IBSubscription]"


class MarketLines:
    """The market-data lines of a connection, one per contract and exchange however many use it.

    Lines are asked for under delayed-frozen data, which gives the best that there is. One that is refused
    under it is asked for once more under delayed data. TWS keeps the data type per connection and applies it
    to lines that are asked for later, so the first such refusal changes it for all that follow.
    """

    def __init__(self, requests: IBRequests) -> None:
        self._requests = requests
        self._lines: dict[tuple[int, str], _Shared] = {}
        self._data_type = 0

    def join(self, user: "IBSubscription") -> MarketDataLine:
        """Use the line of an instrument; the first user opens it."""
        key = user.instrument.contract_id, user.instrument.exchange
        if key not in self._lines:
            self._open(key, user.instrument)
        shared = self._lines[key]
        shared.users.append(user)
        line = shared.stream.line
        assert isinstance(line, MarketDataLine)
        self._choose(line, shared.users)
        return line

    def leave(self, user: "IBSubscription") -> None:
        """Use it no longer; the last user closes it."""
        key = user.instrument.contract_id, user.instrument.exchange
        shared = self._lines.get(key)
        if shared is None or user not in shared.users:
            return
        shared.users.remove(user)
        if shared.users:
            assert isinstance(shared.stream.line, MarketDataLine)
            self._choose(shared.stream.line, shared.users)
        else:
            del self._lines[key]
            shared.stream.cancel()

    def _open(self, key: tuple[int, str], instrument: Instrument) -> None:
        if not self._data_type:
            self._set_data_type(_DELAYED_FROZEN)
        users: list[IBSubscription] = []
        again = _DELAYED_IS_OFF if self._data_type == _DELAYED_FROZEN else ()
        listener = _OnLoop(
            lambda error: self._refused(key, users, error), lambda text: self._advised(users, text), again
        )
        stream = self._requests.req_market_data(IBContract.of(instrument), listener=listener)
        self._lines[key] = _Shared(stream, self._data_type, users)

    def _set_data_type(self, number: int) -> None:
        self._requests.req_market_data_type(number)
        self._data_type = number

    @staticmethod
    def _choose(line: MarketDataLine, users: "list[IBSubscription]") -> None:
        line.quotes = any(user.tick_type == "BidAsk" for user in users)
        line.trades = any(user.tick_type != "BidAsk" for user in users)

    def _refused(self, key: tuple[int, str], users: "list[IBSubscription]", error: Exception) -> None:
        # The last user may have left meanwhile, and the key may be another line's by now.
        if not users:
            return
        asked = self._lines.pop(key).data_type
        if asked != _DELAYED_FROZEN or getattr(error, "code", 0) not in _DELAYED_IS_OFF:
            for user in users:
                user.ended(error)
            return
        if self._data_type != _DELAYED:
            self._set_data_type(_DELAYED)
        for user in users:
            user.use_market_line()

    @staticmethod
    def _advised(users: "list[IBSubscription]", text: str) -> None:
        for user in users:
            user.advised(text)


class IBSubscription:
    """One stream of one user; see `market.broker.TickSubscription`. It lives on the event loop's thread."""

    def __init__(
        self, instrument: Instrument, tick_type: TickType, requests: IBRequests, lines: MarketLines
    ) -> None:
        self.wanted = WantedTicks(instrument=instrument, tick_type=tick_type)
        self.instrument = instrument
        self.tick_type: TickType = tick_type
        self.note = ""
        self.error: Exception | None = None
        self.attempts = 0
        self._requests = requests
        self._lines = lines
        self._tick_by_tick: Stream | None = None
        self._market_line: MarketDataLine | None = None

    def use_tick_by_tick(self) -> None:
        """Ask for every tick; go over to the market-data line should IB refuse."""
        self.attempts += 1
        contract, listener = IBContract.of(self.instrument), _OnLoop(self._refused, self.advised)
        self._tick_by_tick = self._requests.req_tick_by_tick(contract, self.tick_type, listener=listener)

    def use_market_line(self) -> None:
        """Take the market-data line; it has no midpoints and no difference between Last and AllLast."""
        self.attempts += 1
        self.tick_type = "BidAsk" if self.tick_type in ("BidAsk", "MidPoint") else "Last"
        try:
            self._market_line = self._lines.join(self)
        except TruetickError as error:
            self.ended(error)

    @property
    def state(self) -> StreamState:
        """Live until IB ends it."""
        return "live" if self.error is None else "ended"

    @property
    def source(self) -> str:
        """``tbt`` or ``l1``."""
        return "tbt" if self._market_line is None else "l1"

    @property
    def data_type(self) -> DataType | None:
        """How fresh it is; `None` until IB has said so."""
        return DataType.LIVE if self._market_line is None else self._market_line.data_type

    def cancel(self) -> None:
        """End it; calling it twice is harmless."""
        stream, self._tick_by_tick = self._tick_by_tick, None
        if stream is not None:
            stream.cancel()
        self._lines.leave(self)

    def derived(self, why: str) -> None:
        """Say why it comes from the market-data line."""
        self.note = f"from the market-data line: {why}"

    def ended(self, error: Exception) -> None:
        """IB ended it; `error` says why, and so does the `Problem` on the bus."""
        self.error, self.note = error, str(error)

    def advised(self, text: str) -> None:
        """IB said something about it that leaves it running."""
        if text not in self.note:
            self.note = f"{self.note}; {text}" if self.note else text

    def _refused(self, error: Exception) -> None:
        wanted, self._tick_by_tick = self._tick_by_tick, None
        if wanted is None:
            return
        if not isinstance(error, NoPermission | PacingRefused | NotSupported):
            self.ended(error)
            return
        if isinstance(error, PacingRefused):
            why = "all tick-by-tick streams are in use"
        elif isinstance(error, NotSupported):
            why = "IB has no tick-by-tick data for this kind of contract"
        else:
            why = "tick-by-tick data is not permitted, subscribe to it in Client Portal"
        self.derived(f"{why} ({error.code})")
        self.use_market_line()


class _OnLoop(Listener):
    """Carries what the reader thread hears to the event loop; when that is gone nobody is left to tell."""

    def __init__(
        self,
        refused: Callable[[Exception], None],
        advised: Callable[[str], None],
        again: tuple[int, ...] = (),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._refused = refused
        self._advised = advised
        self._again = again

    def retries(self, code: int) -> bool:
        return code in self._again

    def refused(self, error: Exception) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._refused, error)

    def advised(self, code: int, text: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._advised, text)
