"""What the bars of a file are: how long, from when to when, and which minutes could make them up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from market.bar_size import BAR_SIZES
from market.errors import BadRequest
from market.times import MINUTE, SECOND
from simulator.model.replay_file import FileData
from simulator.model.ticks import Four


class Piece(NamedTuple):
    """One minute of a bar, in steps and units; a `hole` stands for a minute that the file does not have."""

    time: int
    price: Four
    volume: int
    hole: bool = False


def bar_length(data: FileData) -> int:
    """The size of the file's bars in nanoseconds: the smallest step that a fifth of all steps have.

    Raise `BadRequest` when IB has no such intraday size of a minute or more.
    """
    steps = Counter(b - a for a, b in pairwise(data.times))
    length = min(
        (step for step, count in steps.items() if 5 * count >= len(data.times) - 1), default=min(steps)
    )
    sizes = {size.nanoseconds: size for size in BAR_SIZES if size.seconds >= 60 and size.intraday}
    if length not in sizes:
        names = " ".join(size.name for size in sizes.values())
        raise BadRequest(
            f"{data.path}: its bars are {length / SECOND:g} s long; give bars of {names}, or ticks"
        )
    for row, time in enumerate(data.times):
        if time % MINUTE:
            raise BadRequest(f"{data.where(row)}: the time is not on the minute; correct or drop the line")
    return length


def spans(data: FileData, size: int, stamp: str) -> Iterator[tuple[int, int]]:
    """Start and end of each bar: cut short where the next one begins, as a first hour at 09:30 is."""
    times = data.times
    if stamp == "start":
        for time, following in pairwise([*times, times[-1] + size]):
            yield time, min(time + size, following)
    else:
        for before, time in pairwise([times[0] - size, *times]):
            yield max(time - size, before), time


def without_holes(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Every minute from first to last; a missing one stands still at the last close."""
    whole = [pieces[0]]
    for piece in pieces[1:]:
        for time in range(whole[-1].time + MINUTE, piece.time, MINUTE):
            whole.append(Piece(time, Four(*[whole[-1].price.close] * 4), 0, hole=True))
        whole.append(piece)
    return whole


def legs(price: Four, count: int, random: Random) -> Iterator[Four]:
    """A bar's prices as `count` minutes, each opening at the close of the one before."""
    width = price.high - price.low
    high, low = int(random.random() * count), int(random.random() * count)
    first = price.open
    for n in range(count):
        on_line = price.open + (price.close - price.open) * (n + 1) // count
        wobble = int(width * 0.5 * (random.random() - 0.5))
        last = price.close if n == count - 1 else min(price.high, max(price.low, on_line + wobble))
        yield Four(
            first,
            price.high if n == high else max(first, last),
            price.low if n == low else min(first, last),
            last,
        )
        first = last


def shared(volume: int, count: int, random: Random) -> Sequence[int]:
    """A bar's volume as that of `count` minutes, none below a third of its even share."""
    draws = [0.5 + random.random() for _ in range(count)]
    shares = [int(volume * draw / sum(draws)) for draw in draws]
    shares[0] += volume - sum(shares)
    return shares


def least_prints(price: Four) -> int:
    """How few prints can show these four prices."""
    if price.high == price.low:
        return 1
    outside = (price.high > max(price.open, price.close)) + (price.low < min(price.open, price.close))
    return 2 + outside
