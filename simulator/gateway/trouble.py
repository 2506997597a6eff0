"""What is wrong with the gateway at present, and the record of what was."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec


class Incident(msgspec.Struct, frozen=True):
    """A fault that began or ended at `time`; one that is over at once only begins."""

    time: int
    fault: str
    phase: Literal["begin", "end"]
    arguments: Mapping[str, object]


class Held(Container[int]):
    """Ids that somebody holds: of two faults on one contract, the first to end does not heal it.

    >>> held = Held()
    >>> held.add(7), held.add(7), held.discard(7), 7 in held
    (None, None, None, True)
    """

    def __init__(self) -> None:
        self._holders: Counter[int] = Counter()

    def __contains__(self, each: object) -> bool:
        return each in self._holders

    def add(self, each: int) -> None:
        self._holders[each] += 1

    def discard(self, each: int) -> None:
        """Let go once; harmless for what nobody holds."""
        if self._holders[each] <= 1:
            del self._holders[each]
        else:
            self._holders[each] -= 1

    def update(self, several: Iterable[int]) -> None:
        for each in several:
            self.add(each)

    def difference_update(self, several: Iterable[int]) -> None:
        for each in several:
            self.discard(each)


@dataclass(slots=True)
class Trouble:
    """Nothing is wrong at the start; faults set these and the gateway's parts look at them.

    `swallow_orders` counts the coming orders that vanish without a trace, `lose_acknowledgements` those that
    work without their client being told of the acceptance. While `duplicate_fills` holds, every fill message
    comes twice; while `reorder_fills` holds, those of an order come in reverse. `halted` and `stalled` hold
    contract ids: the first do not trade, the streams of the second are silent while the market is open.
    `no_handshake` counts the reasons not to answer a client's greeting, `competing` the other sessions that
    have the market data. `clock_skew` is how far the time that the gateway reports is off, in nanoseconds.
    `listeners` are called after every change.
    """

    swallow_orders: int = 0
    lose_acknowledgements: int = 0
    duplicate_fills: bool = False
    reorder_fills: bool = False
    halted: Held = field(default_factory=Held)
    stalled: Held = field(default_factory=Held)
    no_handshake: int = 0
    competing: int = 0
    clock_skew: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def changed(self) -> None:
        """A fault has begun or ended: tell those whose clients have to hear of it."""
        for each in tuple(self.listeners):
            each()
