"""Answers about market depth: changes of a book, and where books are to be had.

`operation` is 0 to insert a row at `position` (those from there on move down), 1 to update it, 2 to delete it
(those behind move up). `side` is 0 for asks and 1 for bids.
"""

from collections.abc import Sequence

import msgspec

from simulator.wire.fields import UNSET_INTEGER, Field, message, size

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1


class DepthMarket(msgspec.Struct, frozen=True):
    """An exchange that has depth: service ``Deep2`` with its market makers, ``Deep`` without.

    `group` is the aggregation group of its SMART components, None where there is none.
    """

    exchange: str
    sec_type: str
    listing_exchange: str = ""
    service: str = "Deep"
    group: int | None = None


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


def depth_exchanges(version: int, markets: Sequence[DepthMarket]) -> bytes:
    """Message 80."""
    fields: list[Field] = [80, len(markets)]
    for each in markets:
        group: Field = UNSET_INTEGER if each.group is None else each.group
        fields += (each.exchange, each.sec_type, each.listing_exchange, each.service, group)
    return message(version, *fields)
