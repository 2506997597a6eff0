"""Everything that goes wrong between a client and IB, on purpose.

A fault is put on a gateway by a script (`script`), by hand (`control`), or from a test::

    async with faults.stalled(gateway, "AAPL"):
        ...

Every fault has one name in all three, see `registry`. The gateway may run in a thread of its own.
"""

from simulator.faults.fault import applied, manager
from simulator.faults.greedy import GreedyClient
from simulator.faults.lines import Cut, HalfOpen, PortChanged, Refused, Restart, Silent
from simulator.faults.market import BarsLate, BarsRevised, Halted, Stalled, StockSplit, Unentitled
from simulator.faults.orders import AcknowledgementLost, FillsDuplicated, FillsReordered, OrderSwallowed
from simulator.faults.segments import Bursts, Delayed, Garbage, Glued, HandshakeGlued, Split, Truncated
from simulator.faults.services import ClockSkewed, Competing, FarmBroken, Offline, ServerBroken

acknowledgement_lost = manager(AcknowledgementLost)
bars_late = manager(BarsLate)
bars_revised = manager(BarsRevised)
bursts = manager(Bursts)
clock_skewed = manager(ClockSkewed)
competing = manager(Competing)
cut = manager(Cut)
delayed = manager(Delayed)
farm_broken = manager(FarmBroken)
fills_duplicated = manager(FillsDuplicated)
fills_reordered = manager(FillsReordered)
garbage = manager(Garbage)
glued = manager(Glued)
greedy_client = manager(GreedyClient)
half_open = manager(HalfOpen)
halted = manager(Halted)
handshake_glued = manager(HandshakeGlued)
offline = manager(Offline)
order_swallowed = manager(OrderSwallowed)
port_changed = manager(PortChanged)
refused = manager(Refused)
restart = manager(Restart)
server_broken = manager(ServerBroken)
silent = manager(Silent)
split = manager(Split)
stalled = manager(Stalled)
stock_split = manager(StockSplit)
truncated = manager(Truncated)
unentitled = manager(Unentitled)

__all__ = [
    "acknowledgement_lost",
    "applied",
    "bars_late",
    "bars_revised",
    "bursts",
    "clock_skewed",
    "competing",
    "cut",
    "delayed",
    "farm_broken",
    "fills_duplicated",
    "fills_reordered",
    "garbage",
    "glued",
    "greedy_client",
    "half_open",
    "halted",
    "handshake_glued",
    "offline",
    "order_swallowed",
    "port_changed",
    "refused",
    "restart",
    "server_broken",
    "silent",
    "split",
    "stalled",
    "stock_split",
    "truncated",
    "unentitled",
]
