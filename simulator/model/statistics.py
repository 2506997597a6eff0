"""Figures over days: ranges, average volume, volatility."""

import math
from collections.abc import Sequence
from itertools import pairwise

from market.bar_size import BarSize
from market.times import DAY, trading_date
from simulator.model.api import BarData, MarketModel
from simulator.model.calendar import last_session

_DAY_BAR = BarSize.parse("1D")
_TRADING_DAYS = 252
_WEEK = 7 * DAY
_INTEREST_DAYS, _DAYS_HELD = 90, 10


def days(model: MarketModel, contract_id: int, what: str, length: int, now: int) -> Sequence[BarData]:
    """The daily bars of the last `length` nanoseconds, with the running one."""
    return model.bars(contract_id, _DAY_BAR, what, "all", now - length, now + DAY, now)


def finished(model: MarketModel, contract_id: int, what: str, length: int, now: int) -> Sequence[BarData]:
    """The same without a day that still runs."""
    running = last_session(model, contract_id, now)
    found = days(model, contract_id, what, length, now)
    if running is None or running.close <= now:
        return found
    return [bar for bar in found if bar.start < trading_date(running.date)]


def daily_volume(model: MarketModel, contract_id: int, length: int, now: int) -> float:
    """The mean volume, whole, of the days that ended within `length` days."""
    bars = finished(model, contract_id, "TRADES", length * DAY, now)
    return float(round(sum(bar.volume for bar in bars) / len(bars))) if bars else 0.0


def volume_today(model: MarketModel, contract_ids: Sequence[int], now: int) -> float:
    """What traded of several contracts on the day that runs or ran last."""
    last = (days(model, each, "TRADES", _WEEK, now)[-1:] for each in contract_ids)
    return sum(bar.volume for found in last for bar in found)


def open_interest(model: MarketModel, contract_ids: Sequence[int], now: int) -> float:
    """How much of several contracts is held: generated, as much as trades in ten average days."""
    return _DAYS_HELD * sum(daily_volume(model, each, _INTEREST_DAYS, now) for each in contract_ids)


def volatility(closes: Sequence[float]) -> float | None:
    """The yearly deviation of the daily logarithmic returns; None of fewer than three closes.

    >>> volatility([100.0, 100.0, 100.0])
    0.0
    """
    returns = [math.log(after / before) for before, after in pairwise(closes)]
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    variance = sum((each - mean) ** 2 for each in returns) / (len(returns) - 1)
    return math.sqrt(variance * _TRADING_DAYS)
