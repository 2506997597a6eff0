"""A session: how brokers and calendars tell when a contract trades."""

from datetime import date

import msgspec


class Session(msgspec.Struct, frozen=True, order=True):
    """An uninterrupted stretch of trading, [`start`, `end`) in UTC nanoseconds, of the trading date `day`."""

    start: int
    end: int
    day: date
