"""A contract whose trading stood still for a while: what is left, and the bars made of that."""

from collections.abc import Callable, Sequence

from market.bar_size import BarSize
from market.events import Hours
from market.times import DAY, MINUTE, to_datetime
from simulator.model import lookup
from simulator.model.api import BarData, MarketModel, QuoteTick, TradeTick
from simulator.model.calendar import sessions_of

Spans = Sequence[tuple[int, int]]

_DAY = BarSize.parse("1D")
_MINUTE = BarSize.parse("1m")


def overlaps(spans: Spans, start: int, end: int) -> bool:
    """Whether any span has a part within [start, end)."""
    return any(first < end and last > start for first, last in spans)


class Halted:
    """One contract of a market without what would have happened during its halts."""

    def __init__(self, whole: MarketModel, contract_id: int, halts: Spans) -> None:
        self._whole = whole
        self._contract_id = contract_id
        self._halts = halts
        self._stood_at: dict[int, list[QuoteTick]] = {}

    def trades(self, start: int, end: int) -> Sequence[TradeTick]:
        """The prints of [start, end)."""
        if self._stood_through(start, end):
            return []
        found = self._whole.trades(self._contract_id, start, end)
        return [each for each in found if not self._stood(each.time)]

    def quotes(self, start: int, end: int) -> Sequence[QuoteTick]:
        """The changes of the quote in [start, end)."""
        if self._stood_through(start, end):
            return []
        found = self._whole.quotes(self._contract_id, start, end)
        return [each for each in found if not self._stood(each.time)]

    def _stood(self, time: int) -> bool:
        return any(first <= time < last for first, last in self._halts)

    def _stood_through(self, start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in self._halts)

    def bars(
        self, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        """See `MarketModel.bars`."""
        # One bar more, because the next one may cut a bar short: 09:30 to 10:00 is an hour's bar, too.
        beyond = end + size.nanoseconds if size.intraday else end
        bars = self._whole.bars(self._contract_id, size, what, hours, start, beyond, now)
        nexts = [bar.start for bar in bars[1:]] + [beyond + size.nanoseconds]
        again = (
            self._again(bar, following, size, what, hours, now)
            for bar, following in zip(bars, nexts, strict=False)
            if bar.start < end
        )
        return [bar for bar in again if bar is not None]

    def _again(
        self, bar: BarData, following: int, size: BarSize, what: str, hours: Hours, now: int
    ) -> BarData | None:
        if size.intraday:
            end = min(bar.start + size.nanoseconds, following)
            return self._within(bar, bar.start, end, what, hours, now)
        if size == _DAY:
            return self._of_day(bar, what, hours, now)
        reach = 32 * DAY
        if not overlaps(self._halts, bar.start - reach, bar.start + reach):
            return bar
        days = self.bars(_DAY, what, hours, bar.start - reach, bar.start + reach, now)
        period = _week if size.name == "1W" else _month
        return _merged(bar.start, [day for day in days if period(day.start) == period(bar.start)], what)

    def _of_day(self, bar: BarData, what: str, hours: Hours, now: int) -> BarData | None:
        for session in sessions_of(
            self._whole, self._contract_id, bar.start - DAY, bar.start + 2 * DAY, hours
        ):
            if to_datetime(bar.start).date() == session.date:
                return self._within(bar, *session.bounds(hours), what, hours, now)
        return bar

    def _within(
        self, bar: BarData, start: int, end: int, what: str, hours: Hours, now: int
    ) -> BarData | None:
        """The bar over [start, end) again, of its minutes and of the ticks of those that were halted."""
        if not overlaps(self._halts, start, min(end, now)):
            return bar
        if end - start <= MINUTE:
            return self._of_ticks(bar.start, start, min(end, now), what)
        minutes = self._whole.bars(self._contract_id, _MINUTE, what, hours, start, end, now)
        again = (self._within(each, each.start, each.start + MINUTE, what, hours, now) for each in minutes)
        return _merged(bar.start, [each for each in again if each is not None], what)

    def _of_ticks(self, name: int, start: int, end: int, what: str) -> BarData | None:
        if what == "TRADES":
            trades = self.trades(start, end)
            return _of_trades(name, [each for each in trades if each.last and not each.unreported])
        return _of_quotes(name, [*self._standing(start), *self.quotes(start, end)], what)

    def _standing(self, when: int) -> list[QuoteTick]:
        """The quote from before; it stands until there is a new one, so that it outlasts a halt."""
        for first, last in reversed(self._halts):
            if first <= when < last:
                when = first
        if when not in self._stood_at:
            found = lookup.find_last(self.quotes, when - DAY, when)
            self._stood_at[when] = [found] if isinstance(found, QuoteTick) else []
        return self._stood_at[when]


def _week(time: int) -> tuple[int, int]:
    return to_datetime(time).isocalendar()[:2]


def _month(time: int) -> tuple[int, int]:
    moment = to_datetime(time)
    return moment.year, moment.month


def _of_trades(start: int, trades: Sequence[TradeTick]) -> BarData | None:
    if not trades:
        return None
    prices = [each.price for each in trades]
    volume = sum(each.size for each in trades)
    average = sum(each.price * each.size for each in trades) / volume
    return BarData(
        start, prices[0], max(prices), min(prices), prices[-1], volume, round(average, 8), len(trades)
    )


_PRICES: dict[str, Callable[[QuoteTick], float]] = {
    "MIDPOINT": lookup.midpoint,
    "BID": lambda quote: quote.bid,
    "ASK": lambda quote: quote.ask,
}


def _of_quotes(start: int, quotes: Sequence[QuoteTick], what: str) -> BarData | None:
    if not quotes:
        return None
    if what == "BID_ASK":
        bids, asks = [each.bid for each in quotes], [each.ask for each in quotes]
        # IB averages over time; over so short a rest of a bar the plain mean is as good.
        means = (round(sum(side) / len(side), 8) for side in (bids, asks))
        return BarData(start, next(means), max(asks), min(bids), next(means), -1.0, -1.0, -1)
    prices = [_PRICES[what](each) for each in quotes]
    return BarData(start, prices[0], max(prices), min(prices), prices[-1], -1.0, -1.0, -1)


def _merged(start: int, bars: Sequence[BarData], what: str) -> BarData | None:
    if not bars:
        return None
    high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
    ends = bars[0].open, bars[-1].close
    if what != "TRADES":
        if what == "BID_ASK":
            ends = (
                round(sum(bar.open for bar in bars) / len(bars), 8),
                round(sum(bar.close for bar in bars) / len(bars), 8),
            )
        return BarData(start, ends[0], high, low, ends[1], -1.0, -1.0, -1)
    volume = sum(bar.volume for bar in bars)
    average = sum(bar.average * bar.volume for bar in bars) / volume
    count = sum(bar.count for bar in bars)
    return BarData(start, ends[0], high, low, ends[1], volume, round(average, 8), count)
