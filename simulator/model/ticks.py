"""Ticks that make up a given minute: its open, high, low, close, count, volume and averages, exactly.

The maker draws a path through the four prices, then sizes that sum to the volume and, weighted with their
prices, to the turnover; then times at which the quotes stand so long that their average over time is the
minute's. Every print lies at the bid, at the offer or between.

Random numbers come from `random.Random(int).random()`, the one method whose sequence Python promises to keep.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple

from market.times import MINUTE, SECOND
from simulator.model.columns import QuoteRow, Rows, Ticks, TradeRow

_SHORTEST = SECOND // 1_000
_FASTEST_REFRESH = SECOND // 5


class Four(NamedTuple):
    """Open, high, low and close in steps."""

    open: int
    high: int
    low: int
    close: int


class Row(NamedTuple):
    """One minute, as `Rows` has it, with plain integers."""

    start: int
    open: int
    high: int
    low: int
    close: int
    prints: int
    volume: int
    turnover: int
    bid: Four
    bid_average: float
    spread: int

    @classmethod
    def of(cls, rows: Rows, time: int) -> "Row":
        """The row of the minute at `time`."""
        i = (time - rows.start) // MINUTE
        return cls(
            time,
            *Four(*(int(column[i]) for column in rows.trade)),
            prints=int(rows.prints[i]),
            volume=int(rows.volume[i]),
            turnover=int(rows.turnover[i]),
            bid=Four(*(int(column[i]) for column in rows.bid)),
            bid_average=float(rows.bid_average[i]),
            spread=int(rows.ask.open[i] - rows.bid.open[i]),
        )


def make_ticks(row: Row, key: int, *, lot: int, quote_only: bool) -> Ticks:
    """The minute's trades and quotes; where nothing trades the path is the midpoint and makes quotes only."""
    random = Random(key)  # noqa: S311 (a market, not a secret)
    prices, sizes = _prints(row, random, lot)
    bids = bids_under(row, prices, random, centred=quote_only)
    lasting, _ = balance(
        bids, [0.02 + random.random() ** 2 for _ in bids], MINUTE, round(row.bid_average * MINUTE), _SHORTEST
    )
    times = list(accumulate(lasting, initial=row.start))[:-1]
    quotes = standing_quotes(times, bids, lasting, row.spread, lot, row.prints, random)
    if quote_only:
        return Ticks([], quotes)
    trades = [
        TradeRow(time + int(random.random() * 0.5 * length), price, size)
        for time, length, price, size in zip(
            times, lasting, prices, sizes, strict=False
        )  # a minute without prints has a quote
    ]
    return Ticks(trades, quotes)


def few_sizes(count: int, volume: int) -> list[int]:
    """Sizes of up to four prints: equal, the first takes what does not divide."""
    each = volume // count
    return [volume - each * (count - 1), *[each] * (count - 1)]


def few_prices(row: Row) -> list[int]:
    """Prices of up to four prints, in an order that the minute alone decides."""
    if row.prints == 3:
        outside = row.high if row.high > max(row.open, row.close) else row.low
        return [row.open, outside, row.close]
    return [[], [row.open], [row.open, row.close], [], [row.open, row.high, row.low, row.close]][row.prints]


def _prints(row: Row, random: Random, lot: int) -> tuple[list[int], list[int]]:
    if row.prints < 5:
        return few_prices(row), few_sizes(row.prints, row.volume) if row.prints else []
    prices, free = _path(row, random)
    if not row.volume:
        return prices, [0] * row.prints
    prices[free] = row.low
    draws = [0.1 + random.random() ** 2 for _ in prices]
    sizes, rest = balance(prices, draws, row.volume, row.turnover, 1, lot=lot, free=free)
    # The free print of one unit takes the last few steps of turnover that whole units could not.
    prices[free] += rest
    return prices, sizes


def _path(row: Row, random: Random) -> tuple[list[int], int]:
    """A walk over open, high, low and close in `count` prints, and the place of one that may be anywhere."""
    n, width = row.prints, row.high - row.low
    lowest, highest, draw = row.low, row.high, random.random
    places = list(range(1, n - 1))
    chosen = [places.pop(int(random.random() * len(places))) for _ in range(3)]
    free, high, low = chosen
    anchors = sorted([(0, row.open), (high, row.high), (low, row.low), (n - 1, row.close)])
    prices = [row.open]
    for (i, a), (j, b) in pairwise(anchors):
        slope, wobble = (b - a) / (j - i), 0.3 * width
        drawn = [round(a + slope * k + wobble * (draw() - 0.5)) for k in range(1, j - i)]
        prices += [lowest if p < lowest else highest if p > highest else p for p in drawn]
        prices.append(b)
    return prices, free


def bids_under(row: Row, prices: Sequence[int], random: Random, *, centred: bool) -> list[int]:
    """The bid under each print; the print is at the bid or, one spread higher, at the offer."""
    if not prices:
        return [row.bid.open]
    if centred:
        return [price - row.spread // 2 for price in prices]
    low, high, spread = row.bid.low, row.bid.high, row.spread
    draw = random.random
    drawn = [p - spread if draw() < 0.5 else p for p in prices]
    bids = [high if b > high else low if b < low else b for b in drawn]
    bids[0], bids[-1] = row.bid.open, row.bid.close
    return bids


def standing_quotes(
    times: Sequence[int],
    bids: Sequence[int],
    lasting: Sequence[int],
    spread: int,
    lot: int,
    prints: int,
    random: Random,
) -> list[QuoteRow]:
    """A quote for each bid, renewed with other sizes while it stands: the oftener the more is traded.

    A busy minute has several quotes a second, one without a trade has one every few seconds.
    """
    quotes = []
    refresh = max(_FASTEST_REFRESH, MINUTE // (4 * prints + 15))
    soonest, draw = refresh // 3, random.random
    varying = refresh - soonest
    for start, bid, length in zip(times, bids, lasting, strict=True):
        time, end = start, start + length
        while time < end:
            bid_size, ask_size = lot * (1 + int(9 * draw() ** 2)), lot * (1 + int(9 * draw() ** 2))
            quotes.append(QuoteRow(time, bid, bid + spread, bid_size, ask_size))
            time += soonest + int(draw() * varying)
    return quotes


def balance(
    prices: Sequence[int],
    draws: Sequence[float],
    total: int,
    target: int,
    least: int,
    *,
    lot: int = 1,
    free: int = -1,
) -> tuple[list[int], int]:
    """Whole weights, each at least `least`, that sum to `total`; weighted, the prices sum to `target` - rest.

    Returns weights and rest, which is at least 0 and less than the range of prices. `draws` say which
    weights shall be large; the weight at `free` stays `least`.
    """
    shares = _scaled(prices, draws, total, target, least, free)
    weights = _rounded(shares, total, least, lot, free)
    rest = target - sum(p * w for p, w in zip(prices, weights, strict=True))
    order = sorted((i for i in range(len(prices)) if i != free), key=prices.__getitem__)
    return weights, _shift(prices, weights, order, rest, least)


def _scaled(
    prices: Sequence[int], draws: Sequence[float], total: int, target: int, least: int, free: int
) -> list[float]:
    """Shares of what is left above `least`: draws scaled apart above and below the mean to hit the target."""
    left = total - least * len(prices)
    mean = (target - least * sum(prices)) / left if left > 0 else 0.0
    draws = [0.0 if i == free else draw for i, draw in enumerate(draws)]
    weight = [0.0, 0.0]
    moment = [0.0, 0.0]
    for price, draw in zip(prices, draws, strict=True):
        side = price >= mean
        weight[side] += draw
        moment[side] += draw * (price - mean)
    # Both moments cancel: below * factor[0] = above * factor[1].
    both = weight[0] and weight[1] and moment[1]
    factor = [moment[1], -moment[0]] if both else [1.0, 1.0]
    scale = left / (weight[0] * factor[0] + weight[1] * factor[1] or 1.0)
    return [d * factor[p >= mean] * scale for p, d in zip(prices, draws, strict=True)]


def _rounded(shares: Sequence[float], total: int, least: int, lot: int, free: int) -> list[int]:
    """Whole weights; what rounding leaves goes on to the next, and large ones become round lots."""
    weights, carry = [], 0.0
    for i, share in enumerate(shares):
        carry += share
        whole = max(0, int(carry))
        if whole > lot > 1 and i % 4:
            whole -= (whole + least) % lot
        if i == free:
            whole = 0
        carry -= whole
        weights.append(least + whole)
    largest = max((i for i in range(len(weights)) if i != free), key=weights.__getitem__, default=0)
    weights[largest] += total - sum(weights)
    return weights


def _shift(prices: Sequence[int], weights: list[int], order: Sequence[int], rest: int, least: int) -> int:
    """Move whole units between cheap and dear until `rest` is at least 0 and below one more move."""
    cheapest, dearest = order[0], order[-1]
    for donor in order:
        gap = prices[dearest] - prices[donor]
        if gap == 0 or rest < gap:
            break
        moved = min(weights[donor] - least, rest // gap)
        weights[donor] -= moved
        weights[dearest] += moved
        rest -= moved * gap
    for donor in reversed(order):
        gap = prices[donor] - prices[cheapest]
        if gap == 0 or rest >= 0:
            break
        moved = min(weights[donor] - least, -(rest // gap))
        weights[donor] -= moved
        weights[cheapest] += moved
        rest += moved * gap
    return rest
