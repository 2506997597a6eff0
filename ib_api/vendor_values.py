"""The objects that IB's callbacks take, made as the installed library makes them."""

from collections.abc import Callable
from typing import Any, TypeVar

from ib_api._ibapi import BarData, TickAttrib, TickAttribBidAsk, TickAttribLast, set_average, size

V = TypeVar("V")

_REMEMBERED = 4096

Handler = Callable[[list[bytes]], None]
"""Takes the fields of one message, the id first and an empty one behind the last."""

# The arguments of a callback depend on its name and on the generation of the library.
Overridden = Callable[[str], Callable[..., Any] | None]
"""Answers the user's own method of that name, or `None` where there is none."""


class _Frozen:
    """One object serves all ticks with the same flags, so it must not change."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} belongs to every tick with these flags; copy what you want to change")


class PriceFlags(_Frozen, TickAttrib):
    """`TickAttrib` of a mask."""

    def __init__(self, mask: int) -> None:
        self.__dict__.update(canAutoExecute=mask & 1 != 0, pastLimit=mask & 2 != 0, preOpen=mask & 4 != 0)


class LastFlags(_Frozen, TickAttribLast):
    """`TickAttribLast` of a mask."""

    def __init__(self, mask: int) -> None:
        self.__dict__.update(pastLimit=mask & 1 != 0, unreported=mask & 2 != 0)


class QuoteFlags(_Frozen, TickAttribBidAsk):
    """`TickAttribBidAsk` of a mask."""

    def __init__(self, mask: int) -> None:
        self.__dict__.update(bidPastLow=mask & 1 != 0, askPastHigh=mask & 2 != 0)


class Memo(dict[bytes, V]):
    """Remembers what a short text was turned into: ids, sizes, venues and flags come again and again.

    Looking up is several times faster than converting; at most a few thousand are kept.
    """

    def __init__(self, convert: Callable[[bytes], V]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: bytes) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[text] = self._convert(text)
        return value


NUMBERS = Memo(int)
SIZES = Memo(size)
TEXTS = Memo(bytes.decode)
PRICE_FLAGS = Memo(lambda text: PriceFlags(int(text or b"0")))
LAST_FLAGS = Memo(lambda text: LastFlags(int(text or b"0")))
QUOTE_FLAGS = Memo(lambda text: QuoteFlags(int(text or b"0")))


def vendor_bar(
    when: bytes,
    opened: bytes,
    high: bytes,
    low: bytes,
    close: bytes,
    volume: bytes,
    average: bytes,
    count: bytes,
) -> BarData:
    """The `BarData` of eight fields."""
    bar = BarData()
    bar.date = when.decode()
    bar.open, bar.high, bar.low, bar.close = float(opened), float(high), float(low), float(close)
    bar.volume = size(volume)
    set_average(bar, average)
    bar.barCount = int(count)
    return bar
