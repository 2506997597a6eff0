"""One row out of the ticks of a part of a minute."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from market.times import MINUTE
from simulator.model.chance import Ints
from simulator.model.columns import Ohlc, QuoteRow, Rows, Ticks, TradeRow

_SAFE = 2**31  # so that the sum of products of two still fits 64 bits
Part = tuple[Sequence[int], Sequence[float]]
"""The whole numbers of a row (trade, prints, volume, turnover, bid, ask, mid) and its averages and span."""


def window(ticks: Ticks, start: int, end: int) -> Part:
    """What [start, end), which lies within the minute of `ticks`, adds up to."""
    trades = ticks.trades[_place(ticks.trades, start) : _place(ticks.trades, end)]
    whole, averages = _quoted(ticks.quotes, start, end)
    span = (end - start) / MINUTE if ticks.quotes else 0.0
    return [*_traded(trades), *whole], [*averages, span]


def _traded(trades: Sequence[TradeRow]) -> Sequence[int]:
    if not trades:
        return [0] * 7
    prices = [trade.price for trade in trades]
    volume = sum(trade.size for trade in trades)
    turnover = sum(trade.price * trade.size for trade in trades)
    return [prices[0], max(prices), min(prices), prices[-1], len(trades), volume, turnover]


def _quoted(quotes: Sequence[QuoteRow], start: int, end: int) -> Part:
    """Bid, ask and middle (twelve numbers), and the averages over time of bid and ask."""
    first, last = _place(quotes, start + 1), _place(quotes, end)
    inside, stood = quotes[first:last], quotes[max(0, first - 1) : last]
    if not stood:
        return [0] * 12, [0.0, 0.0]
    times = [start, *(quote.time for quote in inside), end]
    lasted = [b - a for a, b in pairwise(times)]
    sides = [q.bid for q in stood], [q.ask for q in stood], [q.bid + q.ask for q in stood]
    whole = [number for side in sides for number in (side[0], max(side), min(side), side[-1])]
    means = [sum(p * t for p, t in zip(side, lasted, strict=True)) / (end - start) for side in sides[:2]]
    return whole, means


def _place(rows: Sequence[TradeRow] | Sequence[QuoteRow], time: int) -> int:
    """How many of the rows come before `time`."""
    return bisect_left(rows, time, key=lambda row: row.time)


def rows_of(start: int, parts: Sequence[Part]) -> Rows:
    """Rows of parts that follow each other."""
    whole = [integers(column) for column in zip(*(part[0] for part in parts), strict=True)]
    averages = [np.array(column, np.float64) for column in zip(*(part[1] for part in parts), strict=True)]
    trade, bid, ask, mid = (Ohlc(*whole[n : n + 4]) for n in (0, 7, 11, 15))
    return Rows(start, trade, whole[4], whole[5], whole[6], bid, ask, mid, *averages)


def integers(values: Sequence[int]) -> Ints:
    """A column of whole numbers; those of a file with very many digits stay Python's, which have no limit."""
    return np.array(values, np.int64 if all(-_SAFE < value < _SAFE for value in values) else object)
