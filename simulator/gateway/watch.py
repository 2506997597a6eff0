"""Subscriptions to the account: told at intervals, and when a position has changed."""

from collections.abc import Callable

from market.clock import Timer
from market.times import SECOND
from simulator.gateway.services import Services
from simulator.model.api import Listing

REFRESH = 180 * SECOND
"""IB sends account values and portfolio so often, and in between when a position changes."""


class Watch:
    """Calls `tell` until cancelled, with the contracts whose positions changed since the last time.

    `every` is the interval in nanoseconds (None: no intervals). With `fills` a changed position is told once
    everything else that happens at that instant has been said: reports of a fill come before what it did to
    the account, and several fills are told as one.
    """

    def __init__(
        self,
        services: Services,
        tell: Callable[[list[Listing]], None],
        *,
        every: int | None = None,
        fills: bool = True,
    ) -> None:
        self._clock = services.clock
        self._ledger = services.ledger
        self._tell = tell
        self._every = every
        self._fills = fills
        self._changed: dict[int, Listing] = {}
        self._soon: Timer | None = None
        self._next: Timer | None = None
        if fills:
            self._ledger.listen(self._booked)
        self._wait(self._clock.now())

    def cancel(self) -> None:
        """Tell nothing more."""
        if self._fills:
            self._ledger.ignore(self._booked)
        for timer in (self._soon, self._next):
            if timer is not None:
                timer.cancel()

    def _wait(self, since: int) -> None:
        if self._every is not None:
            # A clock that runs fast comes late: what was missed is not made up for.
            due = since + self._every * ((self._clock.now() - since) // self._every + 1)
            self._next = self._clock.call_at(due, lambda: self._beat(due))

    def _beat(self, due: int) -> None:
        # Before telling: what is told may end the session, and with it this.
        self._wait(due)
        self._flush()

    def _booked(self, listing: Listing) -> None:
        self._changed[listing.instrument.contract_id] = listing
        if self._soon is None:
            self._soon = self._clock.call_at(self._clock.now(), self._flush)

    def _flush(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        changed = list(self._changed.values())
        self._changed.clear()
        self._tell(changed)
