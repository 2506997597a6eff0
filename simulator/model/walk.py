"""The random walk behind a price: a Brownian bridge refined from knots half a year apart down to minutes.

Any minute of any year is reached in 18 halvings, each a hash of its level and place, so that a question about
2031 needs nothing of 2030. The knots stay near zero: prices wander, but never far from their level.
"""

import numpy as np

from simulator.model.chance import Floats, Ints, key_of, normal

_LEVELS = 18
_KNOT_DEVIATION = 0.08
MINUTES_A_YEAR = 252 * 1440

# Saturday 01:00 to Sunday 21:00 UTC passes eight times as fast, so that a weekend moves a price like a night.
_WEEK, _WEEKEND, _FASTER = 10_080, 2_640, 8
_MONDAY_AFTER = 5_580  # minutes from 1970-01-01 to the Sunday at 21:00
_SHORT_WEEK = _WEEK - _WEEKEND + _WEEKEND // _FASTER


def log_prices(path_key: int, volatility: float, minutes: Ints, *, weekends: bool) -> Floats:
    """The logarithm of price over level at each of `minutes` (since 1970, ascending).

    `volatility` is a year's; `weekends` says whether the market is as lively then as on any day.
    """
    places = minutes if weekends else _without_weekends(minutes)
    first, last = int(places[0]), int(places[-1])
    deviation = volatility / MINUTES_A_YEAR**0.5
    return _bridge(path_key, deviation, first, last)[places - first]


def _without_weekends(minutes: Ints) -> Ints:
    week, minute = np.divmod(minutes - _MONDAY_AFTER, _WEEK)
    working = _WEEK - _WEEKEND
    days = np.minimum(minute, working) + np.maximum(minute - working, 0) // _FASTER
    return np.asarray(week * _SHORT_WEEK + days, np.int64)


def _bridge(path_key: int, deviation: float, first: int, last: int) -> Floats:
    knots = np.arange(first >> _LEVELS, -(-last >> _LEVELS) + 1)
    values = normal(path_key, knots) * _KNOT_DEVIATION
    for level in range(_LEVELS - 1, -1, -1):
        begin = first >> (level + 1)
        middles = np.arange(begin, begin + len(values) - 1)
        spread = deviation * 2.0 ** ((level - 1) / 2)
        finer = np.empty(2 * len(values) - 1)
        finer[::2] = values
        finer[1::2] = (values[:-1] + values[1:]) / 2 + spread * normal(_level_key(path_key, level), middles)
        low = (first >> level) - 2 * begin
        values = finer[low : low + -(-last >> level) - (first >> level) + 1]
    return values


def _level_key(path_key: int, level: int) -> int:
    return key_of(path_key, level)
