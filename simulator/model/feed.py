"""The feed as IB really is: what streams and what history serves do not agree to the last share.

`TwsFeed` lies over a consistent market and differs from it in exactly these points, all of them for contracts
with a tape (stocks, options, futures) only:

1. Live trades hold extra prints: odd lots away from the market (`unreported`), and combination or
   average-price prints that only ``AllLast`` shows (`last` false).
2. History knows nothing of those prints: its highs, lows and counts are the consistent ones, so its volume
   is smaller than what streamed.
3. The volume of an intraday TRADES bar that ended less than 15 minutes before `now` is up to 1% short of the
   final one.
4. The close of a finished day, week or month of TRADES comes from the closing auction or the settlement: up
   to three ticks from the last minute's close, within the day's high and low.

Whole-second stamps and the sampling of market-data lines are the gateway's work.
"""

import math
from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from market.bar_size import BarSize
from market.events import Hours
from market.source import Source
from market.times import DAY, MINUTE, trading_date
from simulator.model.api import BarData, Listing, QuoteTick, Session, TradeTick
from simulator.model.chance import key_of
from simulator.model.columns import Grid
from simulator.model.market import Market
from simulator.model.series import minutes_between

TAPED = ("STK", "OPT", "FUT")
REVISION = 15 * MINUTE
_DAY = BarSize.parse("1D")


class TwsFeed:
    """A `MarketModel` with IB's disagreements (feed ``tws``)."""

    def __init__(self, seed: int, market: Market) -> None:
        self._seed = seed
        self._market = market
        instruments = (each.instrument for each in market.listings)
        self._taped = {each.contract_id: each for each in instruments if each.sec_type in TAPED}

    @property
    def source(self) -> Source:
        return self._market.source

    @property
    def listings(self) -> Sequence[Listing]:
        return self._market.listings

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        return self._market.sessions(contract_id, start, end)

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        return self._market.quotes(contract_id, start, end)

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        trades = self._market.trades(contract_id, start, end)
        if contract_id not in self._taped:
            return trades
        extra = [each for each in self._extra(contract_id, start, end) if start <= each.time < end]
        return sorted([*trades, *extra], key=lambda trade: trade.time)

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        bars = self._market.bars(contract_id, size, what, hours, start, end, now)
        if contract_id not in self._taped or what != "TRADES":
            return bars
        if size.intraday:
            return [self._unrevised(contract_id, size, bar, now) for bar in bars]
        return [self._settled(contract_id, hours, bar, now) for bar in bars]

    def _extra(self, contract_id: int, start: int, end: int) -> Iterator[TradeTick]:
        """The extra prints of every minute that overlaps the range."""
        for session in self._market.sessions(contract_id, start, end):
            for minute in minutes_between(session, start, end):
                trades = self._market.trades(contract_id, minute, minute + MINUTE)
                yield from self._beside(contract_id, minute, trades)

    def _beside(self, contract_id: int, minute: int, trades: Sequence[TradeTick]) -> Iterator[TradeTick]:
        """About one extra print for every twenty, beside one of them in time and price."""
        random = Random(key_of(self._seed, contract_id, "extra", minute))  # noqa: S311 (a market, not a secret)
        grid = Grid.of(self._taped[contract_id].min_tick)
        for trade in trades:
            if random.random() >= 0.05:
                continue
            off = (2 + int(12 * random.random())) * (1 if random.random() < 0.5 else -1)
            price = grid.price(max(1, grid.steps(trade.price) + off))
            size = float(1 + int(99 * random.random()))
            odd = random.random() < 0.6
            yield TradeTick(trade.time, price, size, "FINRA", "I" if odd else "W", unreported=odd, last=odd)

    def _unrevised(self, contract_id: int, size: BarSize, bar: BarData, now: int) -> BarData:
        if now - (bar.start + size.nanoseconds) >= REVISION:
            return bar
        missing = key_of(self._seed, contract_id, "revision", bar.start, size.name) % 100 / 10_000
        return msgspec.structs.replace(
            bar, volume=min(bar.volume, float(math.ceil(bar.volume * (1 - missing))))
        )

    def _settled(self, contract_id: int, hours: Hours, bar: BarData, now: int) -> BarData:
        """The bar with the official close of its last day, once that day is over."""
        days = self._market.sessions(contract_id, bar.start - DAY, bar.start + 2 * DAY)
        if not any(trading_date(day.date) == bar.start and day.close <= now for day in days):
            return bar
        (last,) = self._market.bars(contract_id, _DAY, "TRADES", hours, bar.start, bar.start + 1, now) or (
            bar,
        )
        grid = Grid.of(self._taped[contract_id].min_tick)
        shift = key_of(self._seed, contract_id, "settlement", bar.start) % 7 - 3
        close = grid.price(grid.steps(last.close) + shift)
        return msgspec.structs.replace(bar, close=min(last.high, max(last.low, close)))
