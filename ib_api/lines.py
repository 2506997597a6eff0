"""Running streams of one contract each: what a message needs to become an event.

A line belongs to the reader thread, which alone changes it; others may read its `data_type` and `heard`.
"""

from math import isnan
from typing import Literal

from market.events import DataType, Event, Hours, Quote, Trade
from market.times import SECOND

UNSET = 1e300
"""IB's "no value" is 1.79e308; no price or size comes near this."""

_BID, _ASK, _LAST = range(3)
_PRICES = {1: _BID, 2: _ASK, 4: _LAST, 66: _BID, 67: _ASK, 68: _LAST}
_SIZES = {0: _BID, 3: _ASK, 5: _LAST, 69: _BID, 70: _ASK, 71: _LAST}
_LAST_TIMES = (45, 88)
_HALTED = (49, 90)
_DELAYED = range(66, 89)

LAST_OF = {1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71}
"""Which size tick belongs to a price tick: the same message carries both."""


def present(price: float, size: float) -> bool:
    """Whether IB means a price: -1 and 0 stand for "none" only together with size 0, 1.79e308 always."""
    return price < UNSET and (size != 0 or price not in (-1.0, 0.0))


class Listener:
    """Who hears what IB says about a stream; every method is called on the reader thread."""

    def retries(self, code: int) -> bool:
        """Whether a refusal with this code is not the last word: the stream is asked for in another way."""
        return False

    def advised(self, code: int, text: str) -> None:
        """IB made a remark, and the stream goes on."""

    def refused(self, error: Exception) -> None:
        """IB has ended the stream, or never begun it."""


class Line:
    """One stream: whose it is, and how fresh; IB's `listener` is set before the request goes.

    `heard` is when it last brought something, 0 before: all that watching its silence needs of the reader.
    `halted` says whether IB has told that trading is halted; only market-data lines are told.
    """

    has_delayed = False
    """Whether IB serves it without live data's permission, delayed: market-data lines only."""

    def __init__(self, what: str, contract_id: int, exchange: str) -> None:
        self.what = what
        self.contract_id = contract_id
        self.exchange = exchange
        self.data_type: DataType | None = None
        self.heard = 0
        self.halted = False
        self.listener = Listener()


class TickByTickLine(Line):
    """Tick-by-tick data; it exists live only."""

    def __init__(
        self, what: str, contract_id: int, exchange: str, tick_type: Literal["Last", "AllLast"]
    ) -> None:
        super().__init__(what, contract_id, exchange)
        self.tick_type: Literal["Last", "AllLast"] = tick_type
        self.data_type = DataType.LIVE


class BarLine(Line):
    """5-second bars, or the bars of a keep-up-to-date request."""

    def __init__(
        self,
        what: str,
        contract_id: int,
        exchange: str,
        size: str,
        data: str = "TRADES",
        hours: Hours = "all",
    ) -> None:
        super().__init__(what, contract_id, exchange)
        self.size = size
        self.data = data
        self.hours: Hours = hours
        self.data_type = DataType.LIVE


class AccountLine(Line):
    """The window of an account, of which IB keeps one at a time; no contract's."""

    def __init__(self, what: str, account: str) -> None:
        super().__init__(what, 0, "")
        self.account = account


class ProfitLine(Line):
    """Profit and loss of an account, or of its position in one contract (0: of all)."""

    def __init__(self, what: str, account: str, contract_id: int) -> None:
        super().__init__(what, contract_id, "")
        self.account = account


class MarketDataLine(Line):
    """The market-data line (level 1): bid, ask and last as IB samples them, turned into quotes and trades.

    A quote is emitted when any of its four values changes. A trade is emitted for a last price or a last size
    when (price, size, time of last trade) differs from the trade before: IB sends the time (45, 88) ahead of
    the price, the size in the price's own message, then the size once more. Prints between two samples, and
    a second equal print within the same second, are not to be had from this line.
    `quotes` and `trades` say which of the two are wanted.
    The first last price tells of a trade before we came; its time says so.
    """

    has_delayed = True

    def __init__(self, what: str, contract_id: int, exchange: str) -> None:
        super().__init__(what, contract_id, exchange)
        self.quotes = self.trades = True
        self._prices: list[float | None] = [None, None, None]
        self._sizes: list[float | None] = [None, None, None]
        self._last_time = 0
        self._traded: tuple[float | None, float | None, int] = (None, None, 0)
        self._attributes = 0

    def price(self, kind: int, price: float, size: float, mask: int, now: int, received: int) -> Event | None:
        """A price tick with its size (NaN: the one before); `now` is the time by IB's clock."""
        side = _PRICES.get(kind)
        if side is None:
            return None
        self._mark(kind)
        there = present(price, size)
        was = self._prices[side], self._sizes[side]
        self._prices[side] = price if there else None
        if not isnan(size):
            self._sizes[side] = size if there and size < UNSET else None
        if side == _LAST:
            self._attributes = mask
            return self._trade(now, received)
        return self._quote(now, received) if was != (self._prices[side], self._sizes[side]) else None

    def size(self, kind: int, size: float, now: int, received: int) -> Event | None:
        """A size tick. A size of 0 without a price says that the side is empty."""
        side = _SIZES.get(kind)
        if side is None or self._prices[side] is None or size == self._sizes[side] or size >= UNSET:
            return self._trade(now, received) if side == _LAST else None
        self._mark(kind)
        self._sizes[side] = size
        return self._trade(now, received) if side == _LAST else self._quote(now, received)

    def text(self, kind: int, value: str) -> None:
        """A text tick; the time of the last trade is what we need of them."""
        if kind in _LAST_TIMES and value.isdigit():
            self._last_time = int(value) * SECOND

    def number(self, kind: int, value: float) -> None:
        """A generic tick; 49 says why trading is halted: 1 and 2 are reasons, 0 none, -1 not known."""
        if kind in _HALTED:
            self.halted = value > 0

    def market_data_type(self, number: int) -> None:
        """IB says how fresh this line is."""
        if number in tuple(DataType):
            self.data_type = DataType(number)

    def _mark(self, kind: int) -> None:
        if kind in _DELAYED and self.data_type not in (DataType.DELAYED, DataType.DELAYED_FROZEN):
            self.data_type = DataType.DELAYED

    def _quote(self, now: int, received: int) -> Event | None:
        if not self.quotes:
            return None
        (bid, ask, _), (bid_size, ask_size, _) = self._prices, self._sizes
        kind = self.data_type or DataType.LIVE
        return Quote(
            self.contract_id,
            self.exchange,
            now,
            received,
            bid,
            ask,
            bid_size,
            ask_size,
            False,
            False,
            "l1",
            kind,
        )

    def _trade(self, now: int, received: int) -> Event | None:
        price, size = self._prices[_LAST], self._sizes[_LAST]
        trade = (price, size, self._last_time)
        if price is None or trade == self._traded:
            return None
        self._traded = trade
        if not self.trades:
            return None
        return Trade(
            self.contract_id,
            self.exchange,
            self._last_time or now,
            received,
            price,
            size,
            past_limit=bool(self._attributes & 2),
            source="l1",
            data_type=self.data_type or DataType.LIVE,
        )
