"""A market minute by minute: columns of integers, one row a minute.

Prices are whole steps of a `Grid` and sizes whole units of it, so that sums are exact and do not depend on
their order; only what leaves the model becomes a float, rounded once.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from market.times import MINUTE
from simulator.model.chance import Floats, Ints


class Grid(NamedTuple):
    """A price is k * step / scale, a size u / unit.

    >>> Grid.of(0.00005).price(23401)
    1.17005
    """

    step: int
    scale: int
    unit: int = 1

    @classmethod
    def of(cls, min_tick: float, unit: int = 1) -> "Grid":
        exact = Decimal(repr(min_tick))
        scale = 10 ** max(0, -int(exact.as_tuple().exponent))
        return cls(int(exact * scale), scale, unit)

    def price(self, k: int) -> float:
        """The float nearest to k steps (Python rounds a quotient of integers correctly)."""
        return k * self.step / self.scale

    def half(self, k: int) -> float:
        """The float nearest to k half steps."""
        return k * self.step / (2 * self.scale)

    def size(self, u: int) -> float:
        return u / self.unit

    def mean(self, turnover: int, volume: int) -> float:
        """Average price of `volume` units."""
        return turnover * self.step / (volume * self.scale) if volume else 0.0


class Ohlc(NamedTuple):
    """Four columns."""

    open: Ints
    high: Ints
    low: Ints
    close: Ints


class Minutes(NamedTuple):
    """Rows from the minute at `start` on.

    `turnover` is the sum of price steps times units; `mid` counts half steps. The averages are over time,
    in steps. Where nothing traded (`count` 0) the row of `trade` means nothing.
    """

    start: int
    trade: Ohlc
    count: Ints
    volume: Ints
    turnover: Ints
    bid: Ohlc
    ask: Ohlc
    mid: Ohlc
    bid_average: Floats
    ask_average: Floats

    def __len__(self) -> int:
        return len(self.count)

    @property
    def end(self) -> int:
        return self.start + len(self) * MINUTE

    def cut(self, start: int, end: int) -> "Minutes":
        """The rows of [start, end), both on the minute."""
        rows = slice(max(0, (start - self.start) // MINUTE), max(0, (end - self.start) // MINUTE))
        return _map(lambda parts: parts[0][rows], [self])._replace(start=max(start, self.start))


def join(parts: Sequence[Minutes]) -> Minutes:
    """Rows that follow each other without a hole."""
    return parts[0] if len(parts) == 1 else _map(np.concatenate, parts)


def _map(merge: Callable[[list[Ints]], Ints], parts: Sequence[Minutes]) -> Minutes:
    def merged(column: int) -> object:
        fields = [part[column] for part in parts]
        if isinstance(fields[0], Ohlc):
            return Ohlc(*(merge([field[n] for field in fields]) for n in range(4)))
        return merge(fields)

    return Minutes(parts[0].start, *(merged(n) for n in range(1, 10)))


class TradeRow(NamedTuple):
    """A print in steps and units."""

    time: int
    price: int
    size: int


class QuoteRow(NamedTuple):
    """The best bid and offer from `time` on, in steps and units."""

    time: int
    bid: int
    ask: int
    bid_size: int
    ask_size: int


class Ticks(NamedTuple):
    """What happened within one minute, in order of time; the first quote is that of its first instant."""

    trades: Sequence[TradeRow]
    quotes: Sequence[QuoteRow]
