"""A small market with closed forms: a trade every 10 s, a quote every 2 s, Monday to Friday.

Sessions run 09:00-23:00 UTC, regular hours 14:30-21:00 UTC.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from market.bar_size import BarSize
from market.events import Hours
from market.instrument import Instrument
from market.source import Source
from market.times import DAY, SECOND, from_datetime, parse, to_datetime, trading_date
from simulator.model.api import BarData, Listing, QuoteTick, Session, TradeTick

FRIDAY_NOON = parse("2026-01-09T17:00")
HEAD = parse("2010-01-04T14:30")
NEW_YORK = "America/New_York"


def _stock(contract_id: int, symbol: str, primary: str, currency: str, name: str) -> Instrument:
    return Instrument(
        contract_id=contract_id,
        symbol=symbol,
        sec_type="STK",
        exchange="SMART",
        currency=currency,
        primary_exchange=primary,
        local_symbol=symbol,
        trading_class="NMS",
        name=name,
        time_zone=NEW_YORK if currency == "USD" else "Europe/Berlin",
        market_rule_ids=(26, 26),
        valid_exchanges=("SMART", primary),
    )


EURUSD = Instrument(
    contract_id=12087792,
    symbol="EUR",
    sec_type="CASH",
    exchange="IDEALPRO",
    currency="USD",
    local_symbol="EUR.USD",
    trading_class="EUR.USD",
    name="European Monetary Union Euro",
    min_tick=0.00005,
    time_zone=NEW_YORK,
)
ES = Instrument(
    contract_id=495512563,
    symbol="ES",
    sec_type="FUT",
    exchange="CME",
    currency="USD",
    local_symbol="ESH6",
    trading_class="ES",
    name="E-mini S&P 500",
    expiry="20260320",
    multiplier=50.0,
    min_tick=0.25,
    time_zone="America/Chicago",
    market_rule_ids=(67,),
    valid_exchanges=("CME",),
)
_NO_TRADES = ("MIDPOINT", "BID", "ASK", "BID_ASK")

LISTINGS = (
    Listing(instrument=_stock(265598, "AAPL", "NASDAQ", "USD", "APPLE INC"), head=HEAD),
    Listing(instrument=_stock(3691937, "AMZN", "NASDAQ", "USD", "AMAZON.COM INC"), head=HEAD),
    Listing(instrument=_stock(14201, "RHM", "IBIS", "EUR", "RHEINMETALL AG — Düsseldorf"), head=HEAD),
    Listing(instrument=_stock(14202, "RHM", "GETTEX", "EUR", "RHEINMETALL AG"), head=HEAD),
    Listing(instrument=_stock(4815, "LATE", "NYSE", "USD", "LATE INC"), head=HEAD, entitlement="delayed"),
    Listing(instrument=_stock(4816, "DARK", "NYSE", "USD", "DARK INC"), head=HEAD, entitlement="none"),
    Listing(instrument=EURUSD, head=HEAD, what=_NO_TRADES, fractional=True),
    Listing(instrument=ES, head=HEAD),
)


def _price(contract_id: int, time: int) -> float:
    wave = math.sin(time / SECOND / 600 + contract_id % 7)
    return round(1.1 + 0.01 * wave, 5) if contract_id == EURUSD.contract_id else round(150 + 5 * wave, 2)


@lru_cache(maxsize=64)
def _day(day: date) -> Session | None:
    if day.weekday() >= 5:
        return None
    start = from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))
    hour = 3_600 * SECOND
    return Session(day, start + 9 * hour, start + 23 * hour, start + 29 * hour // 2, start + 21 * hour)


class FakeModel:
    """Implements `MarketModel`."""

    source = Source.simulated(seed=7, feed="consistent", always_open=False)
    listings = LISTINGS

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        day, found = to_datetime(start).date(), []
        while trading_date(day) < end:
            session = _day(day)
            if session and session.open < end and session.close > start:
                found.append(session)
            day += timedelta(days=1)
        return found

    def _times(self, contract_id: int, start: int, end: int, every: int, offset: int) -> list[int]:
        times: list[int] = []
        for session in self.sessions(contract_id, start, end):
            low, high = max(start, session.open), min(end, session.close)
            first = low + (offset - low) % every
            times += range(first, high, every)
        return times

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        return [
            TradeTick(time, price, size, "NASDAQ", last=time // SECOND % 40 != 0)
            for time, price, size in self._sales(contract_id, start, end)
        ]

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        spread = 0.0001 if contract_id == EURUSD.contract_id else 0.02
        return [
            QuoteTick(t, p, round(p + spread, 5), 300.0, 200.0 + t // SECOND % 3)
            for t in self._times(contract_id, start, end, 2 * SECOND, 0)
            for p in (_price(contract_id, t),)
        ]

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        grouped: dict[int, list[tuple[float, float]]] = {}
        length = size.nanoseconds
        # A day's bar starts at midnight UTC and its session ends before the next.
        limit = min(now, -(-end // length) * length if size.intraday else end + DAY)
        for time, price, volume in self._points(contract_id, what, start, limit):
            if hours == "rth" and not self._regular(time):
                continue
            bar = time // length * length if size.seconds <= 86_400 else start
            if start <= bar < end:
                grouped.setdefault(bar, []).append((price, volume))
        return [_bar(at, points, what) for at, points in sorted(grouped.items())]

    def _points(self, contract_id: int, what: str, start: int, end: int) -> list[tuple[int, float, float]]:
        if what == "TRADES":
            return [each for each in self._sales(contract_id, start, end) if each[0] // SECOND % 40]
        times = self._times(contract_id, start, end, 2 * SECOND, 0)
        return [(t, _price(contract_id, t), -1.0) for t in times]

    def _sales(self, contract_id: int, start: int, end: int) -> list[tuple[int, float, float]]:
        """When, at what price, how many; long spans have a million of them."""
        if contract_id == EURUSD.contract_id:
            return []
        times = self._times(contract_id, start, end, 10 * SECOND, SECOND // 4)
        return [(t, _price(contract_id, t), 100.0 + t // SECOND % 7) for t in times]

    def _regular(self, time: int) -> bool:
        session = _day(to_datetime(time).date())
        return session is not None and session.regular_open <= time < session.regular_close


def _bar(start: int, points: list[tuple[float, float]], what: str) -> BarData:
    prices = [price for price, _ in points]
    ohlc = (prices[0], max(prices), min(prices), prices[-1])
    if what != "TRADES":
        return BarData(start, *ohlc, -1.0, -1.0, -1)
    volume = sum(size for _, size in points)
    average = round(sum(price * size for price, size in points) / volume, 4)
    return BarData(start, *ohlc, volume, average, len(points))
