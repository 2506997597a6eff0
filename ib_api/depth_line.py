"""A running order book: what a message needs to become an event."""

from typing import Literal

from ib_api.lines import Line
from market.events import DataType, Depth

_OPERATIONS: dict[int, Literal["insert", "update", "delete"]] = {0: "insert", 1: "update", 2: "delete"}
_SIDES: dict[int, Literal["bid", "ask"]] = {0: "ask", 1: "bid"}

HALTED, RESET = 316, 317
CLEARED_BY = (HALTED, RESET)
"""IB's codes after which nothing of a book is true: its stream was halted, or begins anew."""


class DepthLine(Line):
    """Market depth of one exchange, or of all together as SMART depth; it exists live only.

    IB sends a book as changes to an empty one. So the first change of a stream is preceded by a ``clear``,
    and whoever applies all events has the true book also when the stream was asked for again.
    """

    def __init__(self, what: str, contract_id: int, exchange: str) -> None:
        super().__init__(what, contract_id, exchange)
        self.data_type = DataType.LIVE
        self.begun = False

    def clear(self, now: int, received: int) -> Depth:
        """Both sides are empty from here on."""
        self.begun = True
        return Depth(self.contract_id, self.exchange, now, received, 0, "clear", "bid", 0.0, 0.0)

    def row(
        self,
        position: int,
        operation: int,
        side: int,
        price: float,
        size: float,
        maker: str,
        smart: bool,
        now: int,
        received: int,
    ) -> Depth:
        """A change of one level; raise `KeyError` for an operation or a side that IB does not have."""
        return Depth(
            self.contract_id,
            self.exchange,
            now,
            received,
            position,
            _OPERATIONS[operation],
            _SIDES[side],
            price,
            size,
            maker,
            smart,
        )
