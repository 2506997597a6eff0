"""The market-data lines of a connection: one per contract and exchange however many use it."""

import asyncio
from typing import Protocol

from ib_api.asks import line_ask
from ib_api.hearing import OnLoop
from ib_api.ib_contract import IBContract
from ib_api.ib_requests import IBRequests
from ib_api.lines import MarketDataLine
from ib_api.requests_base import Stream
from market.events import TickType
from market.instrument import Instrument

_DELAYED_IS_OFF = (354, 10168, 10186)
_DELAYED_FROZEN, _DELAYED = 4, 3

Route = tuple[int, str]


class LineUser(Protocol):
    """Who uses a line: `tick_type` says what of it."""

    @property
    def instrument(self) -> Instrument: ...
    @property
    def tick_type(self) -> TickType: ...

    def line_refused(self, error: Exception) -> None:
        """IB ended the line, or never began it."""

    def line_changes(self) -> None:
        """The line is to be asked for once more, in another way."""

    def advised(self, code: int, text: str) -> None:
        """IB made a remark."""


class SharedLine:
    """A line, the data type it was asked for under, and who uses it."""

    def __init__(self) -> None:
        self.users: list[LineUser] = []
        self.asking = asyncio.Lock()
        self.stream: Stream | None = None
        self.asked_as = 0

    @property
    def line(self) -> MarketDataLine | None:
        """What it tells; `None` until it has been asked for."""
        return self.stream.line if self.stream and isinstance(self.stream.line, MarketDataLine) else None

    def choose(self) -> None:
        """Make of it what its users want."""
        if self.line is not None:
            self.line.quotes = any(user.tick_type == "BidAsk" for user in self.users)
            self.line.trades = any(user.tick_type != "BidAsk" for user in self.users)


class MarketLines:
    """Lines are asked for under delayed-frozen data, which gives the best that there is. One that is refused
    under it is asked for once more under delayed data. TWS keeps the data type per connection and applies it
    to lines that are asked for later, so the first such refusal changes it for all that follow.
    """

    def __init__(self, requests: IBRequests) -> None:
        self._requests = requests
        self._lines: dict[Route, SharedLine] = {}
        self._wanted_type = _DELAYED_FROZEN
        self._sent_type = 0

    async def join(self, user: LineUser) -> SharedLine:
        """Use the line of an instrument, in its turn; the first user asks for it."""
        instrument = user.instrument
        shared = self._lines.setdefault((instrument.contract_id, instrument.exchange), SharedLine())
        shared.users.append(user)
        try:
            async with shared.asking:
                if shared.stream is None:
                    permit = await self._requests.scheduler.turn(line_ask(IBContract.of(instrument)))
                    with permit.offered():
                        shared.stream = self._ask(shared, instrument)
        except BaseException:
            self.leave(user)
            raise
        shared.choose()
        return shared

    def has(self, route: Route) -> bool:
        """Whether there is such a line already."""
        return route in self._lines

    def leave(self, user: LineUser) -> None:
        """Use it no longer; the last user closes it."""
        key = user.instrument.contract_id, user.instrument.exchange
        shared = self._lines.get(key)
        if shared is None or user not in shared.users:
            return
        shared.users.remove(user)
        if shared.users:
            shared.choose()
            return
        del self._lines[key]
        if shared.stream is not None:
            shared.stream.cancel()

    def lost(self) -> None:
        """IB has none of them any more, and does not know which data type we want."""
        for shared in self._lines.values():
            if shared.stream is not None:
                self._requests.forget(shared.stream)
        self._lines.clear()
        self._sent_type = 0

    def _ask(self, shared: SharedLine, instrument: Instrument) -> Stream:
        if self._sent_type != self._wanted_type:
            self._requests.req_market_data_type(self._wanted_type)
            self._sent_type = self._wanted_type
        shared.asked_as = self._sent_type
        again = _DELAYED_IS_OFF if shared.asked_as == _DELAYED_FROZEN else ()
        listener = OnLoop(
            lambda error: self._refused(shared, error),
            lambda code, text: self._advised(shared, code, text),
            again,
        )
        return self._requests.req_market_data(IBContract.of(instrument), listener=listener)

    def _refused(self, shared: SharedLine, error: Exception) -> None:
        # The last user may have left meanwhile, and the key may be another line's by now.
        if not shared.users:
            return
        first = shared.users[0].instrument
        key = first.contract_id, first.exchange
        if self._lines.get(key) is shared:
            del self._lines[key]
        users, shared.users = shared.users, []
        if shared.asked_as == _DELAYED_FROZEN and getattr(error, "code", 0) in _DELAYED_IS_OFF:
            self._wanted_type = _DELAYED
            for user in users:
                user.line_changes()
            return
        if shared.stream is not None:
            shared.stream.cancel()
        for user in users:
            user.line_refused(error)

    @staticmethod
    def _advised(shared: SharedLine, code: int, text: str) -> None:
        for user in shared.users:
            user.advised(code, text)
