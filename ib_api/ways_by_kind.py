"""Which way of asking belongs to which declaration."""

from collections.abc import Callable
from typing import Any

from ib_api.bar_way import BarWay
from ib_api.other_ways import AccountWay, DepthWay, OrdersWay, ProfitWay
from ib_api.tick_way import TickWay
from ib_api.ways import Desk, Way
from market.errors import BadRequest
from market.wanted import (
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)

# Each way takes its own declaration.
_WAYS: dict[type[Wanted], Callable[[Any, Desk], Way]] = {
    WantedTicks: TickWay,
    WantedBars: BarWay,
    WantedDepth: DepthWay,
    WantedAccount: AccountWay,
    WantedProfit: ProfitWay,
    WantedOrders: OrdersWay,
}


def way_of(wanted: Wanted, desk: Desk) -> Way:
    """How it is asked for; raise `BadRequest` for what IB cannot stream."""
    make = _WAYS.get(type(wanted))
    if make is None:
        raise BadRequest(f"IB streams no {type(wanted).__name__}; see market.wanted for what there is")
    return make(wanted, desk)
