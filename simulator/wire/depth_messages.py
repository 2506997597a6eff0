"""Answers about market depth: changes of a book.

`operation` is 0 to insert a row at `position` (those from there on move down), 1 to update it, 2 to delete it
(those behind move up). `side` is 0 for asks and 1 for bids.
"""

from simulator.wire.fields import message, size

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1


def depth_row(
    version: int, request_id: int, position: int, operation: int, side: int, price: float, sized: float
) -> bytes:
    """Message 12: a row without a market maker."""
    return message(version, 12, 1, request_id, position, operation, side, price, size(sized, version))


def maker_row(
    version: int,
    request_id: int,
    position: int,
    maker: str,
    operation: int,
    side: int,
    price: float,
    sized: float,
    *,
    smart: bool,
) -> bytes:
    """Message 13: a row with its market maker, under SMART depth with its exchange."""
    row = (position, maker, operation, side, price, size(sized, version))
    return message(version, 13, 1, request_id, *row, smart)
