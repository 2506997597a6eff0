"""A book of orders around the best bid and offer.

The best row of each side is the quote itself. What stands behind it hangs on the price and not on the quote:
a price either has orders or has none, so that a quote that moves uncovers and covers rows. Sizes behind the
best change a few at a time. Everything is a hash of contract, side, price and time: whoever asks later or
elsewhere gets the same book.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

import msgspec

from market.times import MINUTE, SECOND
from simulator.model.api import QuoteTick
from simulator.model.chance import draw, key_of
from simulator.model.columns import Grid

Side = Literal["bid", "ask"]
_SIDES: tuple[Side, ...] = ("bid", "ask")

_REFRESH = 20 * SECOND
_MOST_LOTS = 12
# Three of four prices have orders.
_CHANCES, _EMPTY = 4, 0


class Row(msgspec.Struct, frozen=True):
    """What stands at a price; `maker` is who put it there, where that is told."""

    price: float
    size: float
    maker: str = ""


class Book:
    """The books of one contract.

    `makers` share the prices behind the best among them; without any a price has one nameless row. `lot` is
    the smallest size that stands there.
    """

    def __init__(self, contract_id: int, min_tick: float, *, lot: float, makers: Sequence[str] = ()) -> None:
        self._contract_id = contract_id
        self._keys = {side: key_of(contract_id, "depth", side) for side in _SIDES}
        self._grid = Grid.of(min_tick)
        self._lot = lot
        self._makers = makers

    def rows(self, side: Side, quote: QuoteTick, depth: int) -> Sequence[Row]:
        """The `depth` best rows of a side, the best first; none while the side is not quoted."""
        best, size = (quote.bid, quote.bid_size) if side == "bid" else (quote.ask, quote.ask_size)
        if not size:
            return ()
        first = Row(best, size, self._holder(side, quote.time))
        return (first, *islice(self._behind(side, best, quote.time), depth - 1)) if depth > 0 else ()

    def _behind(self, side: Side, best: float, time: int) -> Iterator[Row]:
        step = -1 if side == "bid" else 1
        steps = self._grid.steps(best) + step
        while steps > 0:
            yield from self._at(side, steps, time)
            steps += step

    def _at(self, side: Side, steps: int, time: int) -> Iterator[Row]:
        chance = draw(self._keys[side], steps)
        if chance % _CHANCES == _EMPTY:
            return
        # Each price is renewed at a moment of its own.
        renewed = draw(chance, (time + chance % _REFRESH) // _REFRESH)
        for place, maker in enumerate(self._who(chance)):
            lots = 1 + draw(renewed, place) % _MOST_LOTS
            yield Row(self._grid.price(steps), lots * self._lot, maker)

    def _who(self, chance: int) -> Sequence[str]:
        """One to three of the makers, always in the same order."""
        if not self._makers:
            return ("",)
        first = chance // _CHANCES % len(self._makers)
        several = 1 + chance // 1_000 % min(3, len(self._makers))
        chosen = {(first + n) % len(self._makers) for n in range(several)}
        return [self._makers[n] for n in sorted(chosen)]

    def _holder(self, side: Side, time: int) -> str:
        if not self._makers:
            return ""
        return self._makers[best_maker(self._contract_id, side, time, len(self._makers))]


def best_maker(contract_id: int, side: Side, time: int, count: int) -> int:
    """Which of `count` makers has the best price: one for each minute.

    >>> 0 <= best_maker(265598, "bid", 0, 7) < 7
    True
    """
    return key_of(contract_id, side, time // MINUTE) % count
