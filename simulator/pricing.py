"""What an option is worth: Black and Scholes without interest and without dividends.

That is how the simulated options are made: a call less a put of the same strike is the underlying's price
less the strike. Options of the simulated stocks may be exercised early, which without dividends is worth
nothing for a call, and without interest nothing for a put.
"""

import math
from typing import Literal

import msgspec

Right = Literal["C", "P"]

_LOWEST, _HIGHEST = 1e-4, 20.0
_HALVINGS = 60
_DAYS_A_YEAR = 365
_PERCENT = 0.01


class Value(msgspec.Struct, frozen=True):
    """Price, and its change: by the underlying's price (`delta`; `gamma` is delta's own), by a percentage
    point of volatility (`vega`), by a day that passes (`theta`)."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def value(right: Right, spot: float, strike: float, years: float, volatility: float) -> Value:
    """The value of an option with `years` to live at a volatility a year; all must be above 0.

    >>> round(value("C", 100.0, 100.0, 0.25, 0.2).price, 4)
    3.9878
    """
    deviation = volatility * math.sqrt(years)
    d1 = math.log(spot / strike) / deviation + deviation / 2
    density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    below = _normal(d1)
    return Value(
        price=_price(right, spot, strike, deviation),
        delta=below if right == "C" else below - 1,
        gamma=density / (spot * deviation),
        vega=spot * density * math.sqrt(years) * _PERCENT,
        theta=-spot * density * volatility / (2 * math.sqrt(years)) / _DAYS_A_YEAR,
    )


def implied_volatility(right: Right, spot: float, strike: float, years: float, price: float) -> float | None:
    """The volatility that makes an option worth `price`; None where none does.

    No volatility explains a price at or below what exercise brings, or above what is exercised.

    >>> implied_volatility("P", 100.0, 120.0, 0.25, 20.0) is None
    True
    >>> round(implied_volatility("C", 100.0, 100.0, 0.25, 3.9878), 4)
    0.2
    """
    root = math.sqrt(years)
    low, high = _LOWEST, _HIGHEST
    if not _price(right, spot, strike, low * root) < price < _price(right, spot, strike, high * root):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _price(right, spot, strike, middle * root) < price:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _price(right: Right, spot: float, strike: float, deviation: float) -> float:
    d1 = math.log(spot / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    if right == "C":
        return spot * _normal(d1) - strike * _normal(d2)
    return strike * _normal(-d2) - spot * _normal(-d1)


def _normal(x: float) -> float:
    """The part of a normal distribution below `x`; by erfc, which keeps its digits far out."""
    return math.erfc(-x / math.sqrt(2)) / 2
