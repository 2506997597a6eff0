"""The generic ticks that are looked at once a minute: statistics of days, of options, of futures."""

from collections.abc import Callable, Mapping, Sequence

from market.bar_size import BarSize
from market.times import DAY, MINUTE, to_datetime
from simulator.gateway import greeks
from simulator.gateway.contract_family import underlying, written_on
from simulator.gateway.prices import mark_price, price_at
from simulator.gateway.services import Services
from simulator.gateway.tick_writer import TickWriter
from simulator.model import statistics
from simulator.model.api import Listing, QuoteTick, TradeTick
from simulator.wire.market_messages import TickId

_MINUTE_BAR = BarSize.parse("1m")
_WEEK = 7 * DAY
_RANGES = (
    (13, TickId.LOW_13_WEEK, TickId.HIGH_13_WEEK),
    (26, TickId.LOW_26_WEEK, TickId.HIGH_26_WEEK),
    (52, TickId.LOW_52_WEEK, TickId.HIGH_52_WEEK),
)
_SHORT_TERMS = (
    (3, TickId.VOLUME_3_MINUTES),
    (5, TickId.VOLUME_5_MINUTES),
    (10, TickId.VOLUME_10_MINUTES),
)
# IB's page on tick types: historical volatility of 30 days, average volume of 90.
_VOLATILITY_DAYS, _VOLUME_DAYS, _OPTION_DAYS = 30, 90, 30
_DAYS_HELD = 10
"""Open interest is generated: as much as trades in so many average days."""
_SHORTABLE = 3.0
"""IB's page on shortable: above 2.5 there are at least a thousand shares to borrow."""
_INDEX_FUTURES = {"SPX": "ES", "NDX": "NQ"}

_PRICES = frozenset(
    (*(tick for _, *ticks in _RANGES for tick in ticks), TickId.MARK_PRICE),
)
_NUMBERS = frozenset(
    (
        TickId.HISTORICAL_VOLATILITY,
        TickId.RT_HISTORICAL_VOLATILITY,
        TickId.IMPLIED_VOLATILITY,
        TickId.INDEX_FUTURE_PREMIUM,
        TickId.SHORTABLE,
    )
)

Found = Mapping[TickId, float | str | None]


class SlowTicks:
    """Of those `numbers` that a client asked for, what is new."""

    def __init__(
        self, services: Services, listing: Listing, write: TickWriter, numbers: frozenset[int]
    ) -> None:
        self._model = services.model
        self._listings = services.universe.listings
        self._listing = listing
        self._it = listing.instrument
        self._what = "TRADES" if "TRADES" in listing.what else "MIDPOINT"
        self._write = write
        self._sent: dict[TickId, float | str] = {}
        self._sources = [source for number, source in _sources(self).items() if number in numbers]

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._sources)

    def update(self, quote: QuoteTick | None, trade: TradeTick | None, now: int) -> None:
        """Look at everything at `now`; quote and trade are the line's own."""
        self._price = mark_price(quote, trade)
        for source in self._sources:
            for tick, value in source(now).items():
                if value is not None and self._sent.get(tick) != value:
                    self._sent[tick] = value
                    self._send(tick, value)

    def _send(self, tick: TickId, value: float | str) -> None:
        if isinstance(value, str):
            self._write.string(tick, value)
        elif tick in _PRICES:
            self._write.price(tick, value)
        elif tick in _NUMBERS:
            self._write.generic(tick, value)
        else:
            self._write.size(tick, value)

    # -- of the contract itself

    def statistics(self, now: int) -> Found:
        year = statistics.days(self._model, self._it.contract_id, self._what, 52 * _WEEK, now)
        found: dict[TickId, float | str | None] = {}
        for weeks, low, high in _RANGES:
            bars = [bar for bar in year if bar.start >= now - weeks * _WEEK]
            if bars:
                found[low], found[high] = min(bar.low for bar in bars), max(bar.high for bar in bars)
        if self._what == "TRADES":
            found[TickId.AVERAGE_VOLUME] = self._average_volume(self._it.contract_id, _VOLUME_DAYS, now)
        return found

    def historical_volatility(self, now: int) -> Found:
        return {TickId.HISTORICAL_VOLATILITY: statistics.volatility(self._closes(now))}

    def running_volatility(self, now: int) -> Found:
        price = [] if self._price is None else [self._price]
        return {TickId.RT_HISTORICAL_VOLATILITY: statistics.volatility([*self._closes(now), *price])}

    def shortable(self, now: int) -> Found:
        if self._it.sec_type != "STK":
            return {}
        shares = self._average_volume(self._it.contract_id, _VOLUME_DAYS, now)
        return {TickId.SHORTABLE: _SHORTABLE, TickId.SHORTABLE_SHARES: shares}

    def dividends(self, now: int) -> Found:
        """Paid and to be paid in a year, the next date and amount: all unknown, as there are none."""
        return {TickId.DIVIDENDS: ",,,"} if self._it.sec_type == "STK" else {}

    def futures_open_interest(self, now: int) -> Found:
        if self._it.sec_type != "FUT":
            return {}
        return {TickId.FUTURES_OPEN_INTEREST: self._open_interest([self._listing], now)}

    def short_term_volume(self, now: int) -> Found:
        if self._what != "TRADES":
            return {}
        end = now - now % MINUTE
        bars = self._model.bars(
            self._it.contract_id, _MINUTE_BAR, "TRADES", "all", end - 10 * MINUTE, end, now
        )
        return {
            tick: sum(bar.volume for bar in bars if bar.start >= end - minutes * MINUTE)
            for minutes, tick in _SHORT_TERMS
        }

    def premium(self, now: int) -> Found:
        """The nearest future less the index."""
        symbol = _INDEX_FUTURES.get(self._it.symbol)
        futures = [
            each
            for each in self._listings
            if each.instrument.symbol == symbol and each.instrument.expiry >= _date(now)
        ]
        if not futures or self._price is None:
            return {}
        nearest = min(futures, key=lambda each: each.instrument.expiry)
        price = price_at(self._model, nearest, now)
        return {TickId.INDEX_FUTURE_PREMIUM: None if price is None else round(price - self._price, 8)}

    # -- of the options on it

    def option_volume(self, now: int) -> Found:
        return self._by_right(now, self._volume_today, TickId.CALL_VOLUME, TickId.PUT_VOLUME)

    def option_open_interest(self, now: int) -> Found:
        ticks = TickId.CALL_OPEN_INTEREST, TickId.PUT_OPEN_INTEREST
        return self._by_right(now, self._open_interest, *ticks)

    def average_option_volume(self, now: int) -> Found:
        options = self._options(now)
        total = sum(self._average_volume(each.instrument.contract_id, _OPTION_DAYS, now) for each in options)
        return {TickId.AVERAGE_OPTION_VOLUME: total} if options else {}

    def implied_volatility(self, now: int) -> Found:
        """The mean of what the options of the nearest expiry and strike imply."""
        spot = self._price
        if self._it.sec_type == "OPT" or spot is None:
            return {}
        options = self._options(now)
        soonest = [each for each in options if each.instrument.expiry == options[0].instrument.expiry]
        gaps = {each: abs((each.instrument.strike or 0.0) - spot) for each in soonest}
        nearest = [each for each, gap in gaps.items() if gap == min(gaps.values())]
        implied = [self._implied(each, spot, now) for each in nearest]
        known = [each for each in implied if each is not None]
        return {TickId.IMPLIED_VOLATILITY: round(sum(known) / len(known), 10)} if known else {}

    def _implied(self, option: Listing, spot: float, now: int) -> float | None:
        price = price_at(self._model, option, now)
        return None if price is None else greeks.of_price(option.instrument, price, spot, now).volatility

    def _options(self, now: int) -> Sequence[Listing]:
        """Those on the contract; of an option itself, that one."""
        if self._it.sec_type == "OPT" and underlying(self._listings, self._it) is not None:
            return [self._listing]
        return written_on(self._listings, self._it, "OPT", now)

    def _by_right(
        self, now: int, measure: Callable[[Sequence[Listing], int], float], call: TickId, put: TickId
    ) -> Found:
        options = self._options(now)
        by_right = {
            tick: [each for each in options if each.instrument.right == right]
            for tick, right in ((call, "C"), (put, "P"))
        }
        return {tick: measure(found, now) for tick, found in by_right.items() if found}

    # -- measures

    def _volume_today(self, listings: Sequence[Listing], now: int) -> float:
        days = (
            statistics.days(self._model, each.instrument.contract_id, "TRADES", _WEEK, now)[-1:]
            for each in listings
        )
        return sum(bar.volume for found in days for bar in found)

    def _open_interest(self, listings: Sequence[Listing], now: int) -> float:
        return _DAYS_HELD * sum(
            self._average_volume(each.instrument.contract_id, _VOLUME_DAYS, now) for each in listings
        )

    def _average_volume(self, contract_id: int, days: int, now: int) -> float:
        return statistics.average_volume(
            statistics.finished(self._model, contract_id, "TRADES", days * DAY, now)
        )

    def _closes(self, now: int) -> list[float]:
        length = 2 * _VOLATILITY_DAYS * DAY
        bars = statistics.finished(self._model, self._it.contract_id, self._what, length, now)
        return [bar.close for bar in bars[-_VOLATILITY_DAYS - 1 :]]


def _sources(ticks: SlowTicks) -> Mapping[int, Callable[[int], Found]]:
    """What answers each number."""
    return {
        100: ticks.option_volume,
        101: ticks.option_open_interest,
        104: ticks.historical_volatility,
        105: ticks.average_option_volume,
        106: ticks.implied_volatility,
        162: ticks.premium,
        165: ticks.statistics,
        236: ticks.shortable,
        411: ticks.running_volatility,
        456: ticks.dividends,
        588: ticks.futures_open_interest,
        595: ticks.short_term_volume,
    }


def _date(now: int) -> str:
    return to_datetime(now).strftime("%Y%m%d")
