"""What an option's price says: its volatility and its greeks, all from one price and one underlying's."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from market.instrument import Instrument
from market.times import DAY, from_datetime
from simulator import pricing
from simulator.wire.option_messages import Computation

_YEAR = 365 * DAY
_CLOSING_HOUR = 16


def years_left(option: Instrument, now: int) -> float:
    """From `now` to the close of trading on the last day, at 16:00 of its exchange; below 0 once past."""
    day = datetime.strptime(option.expiry, "%Y%m%d").replace(
        hour=_CLOSING_HOUR, tzinfo=ZoneInfo(option.time_zone)
    )
    return (from_datetime(day) - now) / _YEAR


def of_price(option: Instrument, price: float, spot: float, now: int) -> Computation:
    """Volatility and greeks of an option that costs `price`; unknown where no volatility explains it."""
    years = years_left(option, now)
    known = Computation(price=price, dividends=0.0, under_price=spot)
    if years <= 0 or spot <= 0:
        return known
    right, strike = _terms(option)
    volatility = pricing.implied_volatility(right, spot, strike, years, price)
    return known if volatility is None else _computation(option, price, spot, volatility, years)


def of_volatility(option: Instrument, volatility: float, spot: float, now: int) -> Computation:
    """Price and greeks of an option at a volatility; unknown for an expired one or without a volatility."""
    years = years_left(option, now)
    if years <= 0 or volatility <= 0 or spot <= 0:
        return Computation(dividends=0.0, under_price=spot)
    return _computation(option, None, spot, volatility, years)


def _computation(
    option: Instrument, price: float | None, spot: float, volatility: float, years: float
) -> Computation:
    value = pricing.value(*_ordered(option, spot), years, volatility)
    return Computation(
        volatility=volatility,
        delta=value.delta,
        price=value.price if price is None else price,
        dividends=0.0,
        gamma=value.gamma,
        vega=value.vega,
        theta=value.theta,
        under_price=spot,
    )


def _ordered(option: Instrument, spot: float) -> tuple[pricing.Right, float, float]:
    right, strike = _terms(option)
    return right, spot, strike


def _terms(option: Instrument) -> tuple[pricing.Right, float]:
    assert option.strike is not None  # an option has one
    return cast("pricing.Right", option.right), option.strike
