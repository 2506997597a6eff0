"""A market-data line: the state of one contract, sent once whole and then change by change."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from market.bar_size import BarSize
from market.times import DAY, trading_date
from simulator.gateway.dates import seconds
from simulator.gateway.generic_ticks import MARK_PRICE, Asked
from simulator.gateway.moments import Moment
from simulator.gateway.option_ticks import OptionTicks
from simulator.gateway.prices import mark_price
from simulator.gateway.print_ticks import PrintTicks
from simulator.gateway.slow_ticks import SlowTicks
from simulator.gateway.tick_writer import TickWriter
from simulator.gateway.venues import best_venue, letters
from simulator.model import lookup
from simulator.model.api import Listing, QuoteTick, Session, TradeTick
from simulator.model.calendar import last_session
from simulator.wire.market_messages import TickId

if TYPE_CHECKING:
    from simulator.gateway.session import Session as Client

_DAY_BAR = BarSize.parse("1D")


class Line:
    """The state of a line and the messages that tell of its changes.

    The day's open, high, low and volume are those of the session; the close is that of the session before.
    """

    def __init__(
        self, client: "Client", request_id: int, listing: Listing, asked: Asked, *, delayed: bool
    ) -> None:
        services = client.services
        self._model = services.model
        self._listing = listing
        self._contract_id = listing.instrument.contract_id
        self._delayed = delayed
        self._letters = {} if delayed else letters(listing.instrument)
        self._write = TickWriter(client, request_id, delayed=delayed, muted=not asked.defaults)
        more = TickWriter(client, request_id, delayed=False)
        numbers = frozenset[int]() if delayed else asked.numbers
        self._prints = PrintTicks(more, numbers if self._has("TRADES") else frozenset())
        self._slow = SlowTicks(services, listing, more, numbers)
        self._worth = OptionTicks(services, listing, self._write)
        self._marks = MARK_PRICE in numbers
        self._mark: float | None = None
        self._more = more
        self._forget()

    def _forget(self) -> None:
        """Nothing is known to the client."""
        self._quote: QuoteTick | None = None
        self._trade: TradeTick | None = None
        self._session: Session | None = None
        self._venues: dict[TickId, str] = {}
        self._reset_day()

    def _reset_day(self) -> None:
        self._high, self._low, self._volume = -math.inf, math.inf, 0.0

    # -- the whole

    def send_state(self, now: int, *, with_quote: bool, halted: bool) -> None:
        """Send the state at `now`; without a quote, bid and ask are sent as missing (-1 with size 0)."""
        self._forget()
        self._session = last_session(self._model, self._contract_id, now)
        if self._session is None:
            return
        begin = self._session.open
        if self._has("MIDPOINT"):
            fetch = lookup.quotes(self._model, self._contract_id)
            quote = lookup.find_last(fetch, begin, now) if with_quote else None
            missing = QuoteTick(now, -1.0, -1.0, 0.0, 0.0)
            self._send_quote(quote if isinstance(quote, QuoteTick) else missing)
        if self._has("TRADES"):
            trades = lookup.trades(self._model, self._contract_id, every=False)
            trade = lookup.find_last(trades, begin, now)
            if isinstance(trade, TradeTick):
                self._send_trade(trade)
            self.send_halted(halted)
        self._send_day(now)
        self._prints.begin(self._model, self._contract_id, self._session, now)
        self._send_mark()
        self.send_slow(now)
        self._worth.update(self._quote, self._trade, now)

    def send_halted(self, halted: bool) -> None:
        """1 while a contract is halted, 0 otherwise; a delayed line says nothing of it."""
        if not self._delayed:
            self._write.generic(TickId.HALTED, float(halted))

    @property
    def looks_slowly(self) -> bool:
        """Whether the client asked for anything that `send_slow` sends."""
        return bool(self._slow)

    def send_slow(self, now: int) -> None:
        """Send what is looked at once a minute, where it is new."""
        self._slow.update(self._quote, self._trade, now)

    def _has(self, what: str) -> bool:
        return what in self._listing.what

    def _send_day(self, now: int) -> None:
        """Open, high, low and volume so far, and the close of the day before."""
        assert self._session is not None
        today = trading_date(self._session.date)
        what = "TRADES" if self._has("TRADES") else "MIDPOINT"
        week = self._model.bars(self._contract_id, _DAY_BAR, what, "all", today - 12 * DAY, today + DAY, now)
        so_far = [bar for bar in week if bar.start == today]
        before = [bar for bar in week if bar.start < today]
        for bar in so_far:
            self._high, self._low, self._volume = bar.high, bar.low, max(bar.volume, 0.0)
            self._write.price(TickId.HIGH, bar.high)
            self._write.price(TickId.LOW, bar.low)
            if what == "TRADES":
                self._write.size(TickId.VOLUME, self._volume)
        if before:
            self._write.price(TickId.CLOSE, before[-1].close)
        for bar in so_far:
            self._write.price(TickId.OPEN, bar.open)

    # -- the changes

    def update(self, moment: Moment) -> None:
        """Send what is new."""
        if self._session is None or moment.time >= self._session.close:
            self._begin_day(moment.time)
        if moment.quote is not None and self._has("MIDPOINT"):
            self._send_quote(moment.quote)
        if moment.trades:
            self._send_trades(moment.trades)
        self._send_mark()
        self._worth.update(self._quote, self._trade, moment.time)

    def _send_trades(self, trades: Sequence[TradeTick]) -> None:
        lasts = [trade for trade in trades if trade.last]
        if lasts:
            self._send_trade(lasts[-1])
            self._extend_day(lasts)
        self._prints.update(trades)

    def _begin_day(self, now: int) -> None:
        """A new session: nothing has traded in it but what the next change says."""
        self._session = last_session(self._model, self._contract_id, now)
        self._reset_day()
        if self._session is not None:
            self._send_day(self._session.open)
            self._prints.begin(self._model, self._contract_id, self._session, self._session.open)

    def _send_quote(self, quote: QuoteTick) -> None:
        old = self._quote or QuoteTick(0, 0.0, 0.0, 0.0, 0.0)
        self._side(TickId.BID, TickId.BID_SIZE, quote.bid, quote.bid_size, old.bid, old.bid_size)
        self._side(TickId.ASK, TickId.ASK_SIZE, quote.ask, quote.ask_size, old.ask, old.ask_size)
        self._quote = quote
        if self._letters and quote.bid_size:
            self._send_venue(TickId.BID_EXCHANGE, best_venue(self._contract_id, "bid", quote.time))
            self._send_venue(TickId.ASK_EXCHANGE, best_venue(self._contract_id, "ask", quote.time))

    def _side(
        self, price_id: TickId, size_id: TickId, price: float, size: float, old_price: float, old_size: float
    ) -> None:
        """A new price comes with its size, a new size alone."""
        if price != old_price:
            self._write.price(price_id, price, size)
        elif size != old_size:
            self._write.size(size_id, size)

    def _send_trade(self, trade: TradeTick) -> None:
        old, self._trade = self._trade, trade
        if old is None or seconds(old.time) != seconds(trade.time):
            self._write.string(TickId.LAST_TIMESTAMP, str(seconds(trade.time)))
        if old is None or old.price != trade.price:
            self._write.price(TickId.LAST, trade.price, trade.size)
        else:
            self._write.size(TickId.LAST_SIZE, trade.size)
        if self._letters:
            self._send_venue(TickId.LAST_EXCHANGE, trade.venue)

    def _send_venue(self, tick: TickId, venue: str) -> None:
        if self._venues.get(tick) != venue:
            self._venues[tick] = venue
            self._write.string(tick, self._letters[venue])

    def _extend_day(self, trades: Sequence[TradeTick]) -> None:
        if self._high == -math.inf:
            self._write.price(TickId.OPEN, trades[0].price)
        self._volume += sum(trade.size for trade in trades)
        self._write.size(TickId.VOLUME, self._volume)
        high = max(trade.price for trade in trades)
        low = min(trade.price for trade in trades)
        if high > self._high:
            self._high = high
            self._write.price(TickId.HIGH, high)
        if low < self._low:
            self._low = low
            self._write.price(TickId.LOW, low)

    def _send_mark(self) -> None:
        """The mark price: the last one, kept between bid and ask."""
        if not self._marks:
            return
        mark = mark_price(self._quote, self._trade)
        if mark is not None and mark != self._mark:
            self._mark = mark
            self._more.price(TickId.MARK_PRICE, mark)
