"""Order books as JSON: the whole book each time, so that whoever sees the latest has all of it."""

from typing import Any

from ib_stream.wire.encoding import line, milliseconds, second
from market.events import Depth
from market.times import SECOND

_Level = dict[str, Any]


class Book:
    """A book made of its changes; both sides are sorted as IB numbers them, the best level first.

    `since` in a message is when the book was last begun anew: between two messages with different ones it was
    reset, also where the empty book between them was not seen.

    >>> book = Book()
    >>> book.apply(Depth(1, "SMART", 0, 0, 0, "insert", "bid", 9.5, 100.0))
    >>> book.message()["data"]["bids"]
    [{'price': 9.5, 'size': 100.0, 'market_maker': ''}]
    """

    def __init__(self) -> None:
        self._sides: dict[str, list[_Level]] = {"bid": [], "ask": []}
        self._last: Depth | None = None
        self._since = 0

    def apply(self, change: Depth) -> None:
        """Take in one change."""
        if self._last is None or change.operation == "clear":
            self._since = change.received
        self._last = change
        side = self._sides[change.side]
        at = change.position
        if change.operation == "clear":
            self._sides = {"bid": [], "ask": []}
        elif change.operation == "delete":
            del side[at : at + 1]
        else:
            level = {"price": change.price, "size": change.size, "market_maker": change.market_maker}
            side[at : at + (change.operation == "update")] = [level]

    @property
    def received(self) -> int:
        """When its last change came."""
        return self._last.received if self._last else 0

    def message(self) -> dict[str, Any]:
        """The object of one `data:` line; raise `ValueError` before the first change."""
        last = self._last
        if last is None:
            raise ValueError("the book has no changes yet")
        return {
            "type": "depth",
            "contract_id": last.contract_id,
            "timestamp": milliseconds(last.received),
            "data": {
                "timestamp": second(last.time),
                "unix_time": last.time // SECOND,
                "bids": self._sides["bid"],
                "asks": self._sides["ask"],
                "since": milliseconds(self._since),
                "smart": last.smart,
                "data_type": last.data_type.label,
            },
        }

    def line(self) -> bytes:
        """`message` as one line of JSON, without its line end."""
        return line(self.message())
