"""The faults of a gateway: those that are on, those that are to come."""

import logging
from collections.abc import Sequence
from functools import partial

from market.errors import TruetickError
from market.times import SECOND
from simulator.faults.fault import Running
from simulator.faults.registry import written
from simulator.faults.script import Step
from simulator.gateway.server import Gateway

log = logging.getLogger("truetick.simulator")


class Board:
    """Runs steps on the gateway's clock; everything happens on the gateway's thread."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._running: list[Running] = []

    @property
    def running(self) -> Sequence[Running]:
        """The faults that are on, in the order in which they began."""
        self._running = [each for each in self._running if not each.ended]
        return self._running

    def play(self, steps: Sequence[Step]) -> None:
        """Schedule a script that starts now; a step that fails then is logged, and the script goes on."""
        now = self._gateway.services.clock.now()
        for step in steps:
            self._at(now + round(step.at * SECOND), partial(self._attempt, step))

    def begin(self, step: Step) -> None:
        """Begin a fault now, whatever its `at`; raise `BadRequest` when the gateway cannot have it."""
        running = Running(self._gateway, step.fault)
        self._running.append(running)
        log.warning("fault %s begins", written(step.fault))
        if step.lasts is not None and not running.ended:
            now = self._gateway.services.clock.now()
            self._at(now + round(step.lasts * SECOND), partial(self._end, running))

    def end(self, name: str) -> int:
        """End all faults of a name, or all for ``""``; tell how many that were."""
        ending = [each for each in self.running if name in ("", each.fault.name())]
        for each in reversed(ending):
            self._end(each)
        return len(ending)

    def _at(self, when: int, action: "partial[None]") -> None:
        self._gateway.services.clock.call_at(when, action)

    def _attempt(self, step: Step) -> None:
        try:
            self.begin(step)
        except TruetickError as problem:
            log.error("fault %s does not begin: %s", written(step.fault), problem)

    def _end(self, running: Running) -> None:
        if not running.ended:
            running.end()
            log.warning("fault %s ends", written(running.fault))
