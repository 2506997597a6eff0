"""A market-data line: the state of one contract, sent once whole and then change by change."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from market.bar_size import BarSize
from market.source import Feed
from market.times import DAY, SECOND, trading_date
from simulator.gateway.dates import seconds
from simulator.model import lookup
from simulator.model.api import Listing, MarketModel, QuoteTick, Session, TradeTick
from simulator.model.calendar import last_session
from simulator.wire import market_messages
from simulator.wire.market_messages import TickId

if TYPE_CHECKING:
    from simulator.gateway import session

_DAY_BAR = BarSize.parse("1D")
_MILLISECOND = SECOND // 1_000

# How often TWS samples a line, by type of security; IB's page on top-of-book data.
_SAMPLED_EVERY = {"OPT": 100 * _MILLISECOND, "FOP": 100 * _MILLISECOND, "CASH": 5 * _MILLISECOND}
_USUALLY_EVERY = 250 * _MILLISECOND


class Moment(msgspec.Struct, frozen=True):
    """What happened by `time`: the last quote and the trades, in order."""

    time: int
    quote: QuoteTick | None
    trades: tuple[TradeTick, ...]


def moments(model: MarketModel, listing: Listing, feed: Feed) -> Callable[[int, int], Sequence[Moment]]:
    """Fetch a line's changes: each by itself, or under the feed ``tws`` as sampled by TWS.

    At the same instant a quote comes before a trade.
    """
    contract_id = listing.instrument.contract_id

    def fetch(start: int, end: int) -> list[Moment]:
        quotes = [Moment(q.time, q, ()) for q in model.quotes(contract_id, start, end)]
        trades = [Moment(t.time, None, (t,)) for t in model.trades(contract_id, start, end) if t.last]
        merged = sorted((*quotes, *trades), key=lambda each: (each.time, each.quote is None))
        return merged if feed == "consistent" else _sampled(merged, listing)

    return fetch


def _sampled(changes: Sequence[Moment], listing: Listing) -> list[Moment]:
    """What a look every so often sees: the last quote and the last trade, whose size stands for all."""
    every = _SAMPLED_EVERY.get(listing.instrument.sec_type, _USUALLY_EVERY)
    seen: dict[int, Moment] = {}
    for each in changes:
        time = -(-each.time // every) * every
        before = seen.get(time, Moment(time, None, ()))
        seen[time] = Moment(time, each.quote or before.quote, before.trades + each.trades)
    return list(seen.values())


class Line:
    """The state of a line and the messages that tell of its changes.

    `delayed` chooses the ids of delayed data. The day's open, high, low and volume are those of the session;
    the close is that of the session before.
    """

    def __init__(
        self, client: "session.Session", request_id: int, listing: Listing, *, delayed: bool
    ) -> None:
        self._client = client
        self._request_id = request_id
        self._listing = listing
        self._delayed = delayed
        self._model = client.services.model
        self._quote: QuoteTick | None = None
        self._trade: TradeTick | None = None
        self._session: Session | None = None
        self._reset_day()

    # -- the whole

    def send_snapshot(self, now: int, *, with_quote: bool) -> None:
        """Send the state at `now`; without a quote, bid and ask are sent as missing (-1 with size 0)."""
        self._session = last_session(self._model, self._listing.instrument.contract_id, now)
        if self._session is None:
            return
        contract_id, begin = self._listing.instrument.contract_id, self._session.open
        if self._has("MIDPOINT"):
            quote = (
                lookup.find_last(lookup.quotes(self._model, contract_id), begin, now) if with_quote else None
            )
            missing = QuoteTick(now, -1.0, -1.0, 0.0, 0.0)
            self._send_quote(quote if isinstance(quote, QuoteTick) else missing)
        if self._has("TRADES"):
            trade = lookup.find_last(lookup.trades(self._model, contract_id, every=False), begin, now)
            if isinstance(trade, TradeTick):
                self._send_trade(trade)
            self._send_not_halted()
        self._send_day(now)

    def _send_not_halted(self) -> None:
        """Nothing is ever halted here; there is no delayed tick that could say so."""
        if not self._delayed:
            version = self._client.version
            self._client.send(market_messages.tick_generic(version, self._request_id, TickId.HALTED, 0.0))

    def _has(self, what: str) -> bool:
        return what in self._listing.what

    def _send_day(self, now: int) -> None:
        """Open, high, low and volume so far, and the close of the day before."""
        assert self._session is not None
        today = trading_date(self._session.date)
        what = "TRADES" if self._has("TRADES") else "MIDPOINT"
        contract_id = self._listing.instrument.contract_id
        week = self._model.bars(contract_id, _DAY_BAR, what, "all", today - 12 * DAY, today + DAY, now)
        so_far = [bar for bar in week if bar.start == today]
        before = [bar for bar in week if bar.start < today]
        for bar in so_far:
            self._high, self._low, self._volume = bar.high, bar.low, max(bar.volume, 0.0)
            self._price(TickId.HIGH, bar.high)
            self._price(TickId.LOW, bar.low)
            if what == "TRADES":
                self._size(TickId.VOLUME, self._volume)
        if before:
            self._price(TickId.CLOSE, before[-1].close)
        for bar in so_far:
            self._price(TickId.OPEN, bar.open)

    # -- the changes

    def update(self, moment: Moment) -> None:
        """Send what is new."""
        if self._session is None or moment.time >= self._session.close:
            self._begin_day(moment.time)
        if moment.quote is not None and self._has("MIDPOINT"):
            self._send_quote(moment.quote)
        if moment.trades:
            self._send_trade(moment.trades[-1])
            self._extend_day(moment.trades)

    def _begin_day(self, now: int) -> None:
        """A new session: nothing has traded in it but what the next change says."""
        self._session = last_session(self._model, self._listing.instrument.contract_id, now)
        self._reset_day()
        if self._session is not None:
            self._send_day(self._session.open)

    def _reset_day(self) -> None:
        self._high, self._low, self._volume = -math.inf, math.inf, 0.0

    def _send_quote(self, quote: QuoteTick) -> None:
        old = self._quote or QuoteTick(0, 0.0, 0.0, 0.0, 0.0)
        self._side(TickId.BID, TickId.BID_SIZE, quote.bid, quote.bid_size, old.bid, old.bid_size)
        self._side(TickId.ASK, TickId.ASK_SIZE, quote.ask, quote.ask_size, old.ask, old.ask_size)
        self._quote = quote

    def _side(
        self, price_id: TickId, size_id: TickId, price: float, size: float, old_price: float, old_size: float
    ) -> None:
        """A new price comes with its size, a new size alone."""
        if price != old_price:
            self._price(price_id, price, size)
        elif size != old_size:
            self._size(size_id, size)

    def _send_trade(self, trade: TradeTick) -> None:
        old, self._trade = self._trade, trade
        if old is None or seconds(old.time) != seconds(trade.time):
            self._string(TickId.LAST_TIMESTAMP, str(seconds(trade.time)))
        if old is None or old.price != trade.price:
            self._price(TickId.LAST, trade.price, trade.size)
        else:
            self._size(TickId.LAST_SIZE, trade.size)

    def _extend_day(self, trades: Sequence[TradeTick]) -> None:
        if self._high == -math.inf:
            self._price(TickId.OPEN, trades[0].price)
        self._volume += sum(trade.size for trade in trades)
        self._size(TickId.VOLUME, self._volume)
        high = max(trade.price for trade in trades)
        low = min(trade.price for trade in trades)
        if high > self._high:
            self._high = high
            self._price(TickId.HIGH, high)
        if low < self._low:
            self._low = low
            self._price(TickId.LOW, low)

    # -- the messages

    def _id(self, tick: TickId) -> TickId:
        return tick.delayed() if self._delayed else tick

    def _price(self, tick: TickId, price: float, size: float = 0.0) -> None:
        version = self._client.version
        self._client.send(market_messages.tick_price(version, self._request_id, self._id(tick), price, size))

    def _size(self, tick: TickId, value: float) -> None:
        self._client.send(
            market_messages.tick_size(self._client.version, self._request_id, self._id(tick), value)
        )

    def _string(self, tick: TickId, value: str) -> None:
        self._client.send(
            market_messages.tick_string(self._client.version, self._request_id, self._id(tick), value)
        )
