"""Which way of asking belongs to which declaration."""

from collections.abc import Callable
from typing import Any

from ib_api.tick_way import TickWay
from ib_api.ways import Desk, Way
from market.errors import BadRequest
from market.wanted import Wanted, WantedTicks

# Each way takes its own declaration.
_WAYS: dict[type[Wanted], Callable[[Any, Desk], Way]] = {WantedTicks: TickWay}


def way_of(wanted: Wanted, desk: Desk) -> Way:
    """How it is asked for; raise `BadRequest` for what IB cannot stream."""
    make = _WAYS.get(type(wanted))
    if make is None:
        raise BadRequest(f"IB streams no {type(wanted).__name__}; see market.wanted for what there is")
    return make(wanted, desk)
