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


def average_volume(bars: Sequence[BarData]) -> float:
    """Volume a day, whole.

    >>> average_volume([])
    0.0
    """
    return float(round(sum(bar.volume for bar in bars) / len(bars))) if bars else 0.0


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
