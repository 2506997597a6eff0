"""What is wrong with the gateway at present."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Trouble:
    """Nothing is wrong at the start; faults set these and the gateway's parts look at them.

    `swallow_orders` counts the coming orders that vanish without a trace, `lose_acknowledgements` those that
    work without their client being told of the acceptance. While `duplicate_fills` holds, every fill message
    comes twice; while `reorder_fills` holds, those of an order come in reverse. `halted` and `stalled` hold
    contract ids: the first do not trade, the streams of the second are silent while the market is open.
    """

    swallow_orders: int = 0
    lose_acknowledgements: int = 0
    duplicate_fills: bool = False
    reorder_fills: bool = False
    halted: set[int] = field(default_factory=set)
    stalled: set[int] = field(default_factory=set)
