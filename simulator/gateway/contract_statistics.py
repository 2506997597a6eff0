"""Generic ticks about a contract itself: ranges, volatilities, volumes."""

from collections.abc import Mapping

from market.bar_size import BarSize
from market.times import DAY, MINUTE, to_datetime
from simulator.gateway.prices import price_at
from simulator.gateway.services import Services
from simulator.gateway.statistic import Found, Source
from simulator.model import statistics
from simulator.model.api import Listing
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
# IB's page on tick types: the volatility is of 30 days, the average volume of 90.
_VOLATILITY_DAYS, _VOLUME_DAYS = 30, 90
# IB's page on shortable: above 2.5 there are at least a thousand shares to borrow.
_EASY_TO_BORROW = 3.0
_INDEX_FUTURES = {"SPX": "ES", "NDX": "NQ"}


def _ranges(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    contract_id, what = listing.instrument.contract_id, _what(listing)
    year = statistics.days(services.model, contract_id, what, 52 * _WEEK, now)
    found: dict[TickId, float | str | None] = {}
    for weeks, low, high in _RANGES:
        bars = [bar for bar in year if bar.start >= now - weeks * _WEEK]
        if bars:
            found[low], found[high] = min(bar.low for bar in bars), max(bar.high for bar in bars)
    if what == "TRADES":
        found[TickId.AVERAGE_VOLUME] = _average_volume(services, listing, now)
    return found


def _historical_volatility(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    return {TickId.HISTORICAL_VOLATILITY: statistics.volatility(_closes(services, listing, now))}


def _running_volatility(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    closes = _closes(services, listing, now) + ([] if price is None else [price])
    return {TickId.RT_HISTORICAL_VOLATILITY: statistics.volatility(closes)}


def _shortable(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    if listing.instrument.sec_type != "STK":
        return {}
    shares = _average_volume(services, listing, now)
    return {TickId.SHORTABLE: _EASY_TO_BORROW, TickId.SHORTABLE_SHARES: shares}


def _dividends(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    """Paid and to be paid in a year, the next date and amount: all empty, as there are none."""
    return {TickId.DIVIDENDS: ",,,"} if listing.instrument.sec_type == "STK" else {}


def _futures_open_interest(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    if listing.instrument.sec_type != "FUT":
        return {}
    held = statistics.open_interest(services.model, [listing.instrument.contract_id], now)
    return {TickId.FUTURES_OPEN_INTEREST: held}


def _short_term_volume(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    if _what(listing) != "TRADES":
        return {}
    end = now - now % MINUTE
    contract_id, begin = listing.instrument.contract_id, end - 10 * MINUTE
    bars = services.model.bars(contract_id, _MINUTE_BAR, "TRADES", "all", begin, end, now)
    return {
        tick: sum(bar.volume for bar in bars if bar.start >= end - minutes * MINUTE)
        for minutes, tick in _SHORT_TERMS
    }


def _premium(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    """The nearest future less the index."""
    symbol = _INDEX_FUTURES.get(listing.instrument.symbol)
    today = to_datetime(now).strftime("%Y%m%d")
    futures = [
        each
        for each in services.universe.listings
        if each.instrument.symbol == symbol and each.instrument.expiry >= today
    ]
    if not futures or price is None:
        return {}
    nearest = min(futures, key=lambda each: each.instrument.expiry)
    future = price_at(services.model, nearest, now)
    return {TickId.INDEX_FUTURE_PREMIUM: None if future is None else round(future - price, 8)}


def _what(listing: Listing) -> str:
    return "TRADES" if "TRADES" in listing.what else "MIDPOINT"


def _average_volume(services: Services, listing: Listing, now: int) -> float:
    return statistics.daily_volume(services.model, listing.instrument.contract_id, _VOLUME_DAYS, now)


def _closes(services: Services, listing: Listing, now: int) -> list[float]:
    """Of the last days that are over, one more than returns are wanted."""
    contract_id, length = listing.instrument.contract_id, 2 * _VOLATILITY_DAYS * DAY
    bars = statistics.finished(services.model, contract_id, _what(listing), length, now)
    return [bar.close for bar in bars[-_VOLATILITY_DAYS - 1 :]]


SOURCES: Mapping[int, Source] = {
    104: _historical_volatility,
    162: _premium,
    165: _ranges,
    236: _shortable,
    411: _running_volatility,
    456: _dividends,
    588: _futures_open_interest,
    595: _short_term_volume,
}
