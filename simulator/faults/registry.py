"""Every fault by its name."""

from collections.abc import Mapping
from difflib import get_close_matches

import msgspec

from market.errors import BadRequest
from simulator.faults.fault import Fault
from simulator.faults.greedy import GreedyClient
from simulator.faults.lines import Cut, HalfOpen, PortChanged, Refused, Restart, Silent
from simulator.faults.market import BarsLate, BarsRevised, Halted, Stalled, StockSplit, Unentitled
from simulator.faults.orders import AcknowledgementLost, FillsDuplicated, FillsReordered, OrderSwallowed
from simulator.faults.segments import Bursts, Delayed, Garbage, Glued, HandshakeGlued, Split, Truncated
from simulator.faults.services import ClockSkewed, Competing, FarmBroken, Offline, ServerBroken

KINDS: Mapping[str, type[Fault]] = {
    kind.name(): kind
    for kind in (
        *(Cut, Refused, Silent, HalfOpen, PortChanged, Restart),
        *(Split, Glued, HandshakeGlued, Bursts, Delayed, Truncated, Garbage),
        *(Offline, ServerBroken, FarmBroken, Competing, ClockSkewed, GreedyClient),
        *(Stalled, Halted, BarsLate, BarsRevised, StockSplit, Unentitled),
        *(OrderSwallowed, AcknowledgementLost, FillsDuplicated, FillsReordered),
    )
}


def kind_of(name: str) -> type[Fault]:
    """The fault of that name; raise `BadRequest`, with the nearest one, when there is none."""
    if name not in KINDS:
        near = get_close_matches(name, KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(KINDS)}"
        raise BadRequest(f"unknown fault {name!r}; {hint}")
    return KINDS[name]


def usage(kind: type[Fault]) -> str:
    """The words for a fault: ``stalled symbol=...``, and what may be left out in brackets.

    >>> usage(KINDS["unentitled"])
    'unentitled symbol=... [has=none]'
    """
    words = [kind.name()]
    for field in msgspec.structs.fields(kind):
        if field.required:
            words.append(f"{field.name}=...")
        else:
            words.append(f"[{field.name}={_written(field.default)}]")
    return " ".join(words)


def written(fault: Fault) -> str:
    """A fault in the words of scripts, without what is as ever.

    >>> written(KINDS["unentitled"](symbol="AAPL", has="delayed"))
    'unentitled symbol=AAPL has=delayed'
    """
    words = [fault.name()]
    for field in msgspec.structs.fields(fault):
        value = getattr(fault, field.name)
        if field.required or value != field.default:
            words.append(f"{field.name}={_written(value)}")
    return " ".join(words)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
