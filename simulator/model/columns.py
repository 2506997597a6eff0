"""A market minute by minute: columns of integers, one row a minute.

Prices are whole steps of a `Grid` and sizes whole units of it, so that sums are exact and do not depend on
their order; only what leaves the model becomes a float, rounded once.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
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

    def steps(self, price: float) -> int:
        """The nearest whole number of steps, by decimal arithmetic: a float's product would lose digits."""
        return round(Decimal(repr(price)) * self.scale / self.step)

    def units(self, size: float) -> int:
        """The nearest whole number of units."""
        return round(Decimal(repr(size)) * self.unit)

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


class Rows(NamedTuple):
    """Rows that follow each other without a hole, the first at `start`; each a minute, or a part of one.

    `prints` counts trades; where it is 0 the row of `trade` means nothing. `turnover` is the sum of price
    steps times units; `mid` counts half steps. The averages are over time, in steps; `span` is the part of
    a minute that the row covers, 0 where there is no quote.
    """

    start: int
    trade: Ohlc
    prints: Ints
    volume: Ints
    turnover: Ints
    bid: Ohlc
    ask: Ohlc
    mid: Ohlc
    bid_average: Floats
    ask_average: Floats
    span: Floats

    @property
    def end(self) -> int:
        """Where rows of whole minutes end."""
        return self.start + len(self.prints) * MINUTE

    def cut(self, start: int, end: int) -> "Rows":
        """The minutes of [start, end), both on the minute."""
        rows = slice(max(0, (start - self.start) // MINUTE), max(0, (end - self.start) // MINUTE))
        return _merged(lambda parts: parts[0][rows], [self], max(start, self.start))

    def scaled(self, factor: int) -> "Rows":
        """The same rows on a grid whose steps are `factor` times finer."""

        def finer(four: Ohlc) -> Ohlc:
            return Ohlc(*(column * factor for column in four))

        return self._replace(
            trade=finer(self.trade),
            turnover=self.turnover * factor,
            bid=finer(self.bid),
            ask=finer(self.ask),
            mid=finer(self.mid),
            bid_average=self.bid_average * factor,
            ask_average=self.ask_average * factor,
        )


def join(parts: Sequence[Rows]) -> Rows:
    """Rows that follow each other, as one."""
    return parts[0] if len(parts) == 1 else _merged(np.concatenate, parts, parts[0].start)


# `Any` stands for "an array of the type that went in", which numpy's types cannot say for a list of them.
def _merged(merge: Callable[[list[Any]], Any], parts: Sequence[Rows], start: int) -> Rows:
    def four(pick: Callable[[Rows], Ohlc]) -> Ohlc:
        return Ohlc(*(merge([pick(part)[n] for part in parts]) for n in range(4)))

    def one(pick: Callable[[Rows], Any]) -> Any:
        return merge([pick(part) for part in parts])

    return Rows(
        start=start,
        trade=four(lambda part: part.trade),
        prints=one(lambda part: part.prints),
        volume=one(lambda part: part.volume),
        turnover=one(lambda part: part.turnover),
        bid=four(lambda part: part.bid),
        ask=four(lambda part: part.ask),
        mid=four(lambda part: part.mid),
        bid_average=one(lambda part: part.bid_average),
        ask_average=one(lambda part: part.ask_average),
        span=one(lambda part: part.span),
    )


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """A print in steps and units."""

    time: int
    price: int
    size: int


class QuoteRow(msgspec.Struct, frozen=True, gc=False):
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

    def scaled(self, factor: int) -> "Ticks":
        """The same ticks on a grid whose steps are `factor` times finer."""
        return Ticks(
            [TradeRow(each.time, each.price * factor, each.size) for each in self.trades],
            [
                QuoteRow(each.time, each.bid * factor, each.ask * factor, each.bid_size, each.ask_size)
                for each in self.quotes
            ],
        )
