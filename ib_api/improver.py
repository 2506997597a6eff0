"""Streams that come from the market-data line for want of a place: now and then asked for tick by tick."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ib_api.conditions import Conditions
from market.clock import Clock, Timer
from market.times import MINUTE

if TYPE_CHECKING:
    from ib_api.keeper import Keeper

IMPROVE_EVERY = MINUTE


class Improver:
    """`now` when a place may have become free, `later` when a stream has to make do with less."""

    def __init__(
        self, keeper: "Keeper", free: Callable[[], int], conditions: Conditions, clock: Clock
    ) -> None:
        self._keeper = keeper
        self._free = free
        self._conditions = conditions
        self._clock = clock
        self._timer: Timer | None = None

    def now(self) -> None:
        """Ask for one stream as it was wanted, if there may be a place for it."""
        if self._conditions.obstacle("market_data") or not self._free():
            return
        for entry in list(self._keeper.entries.values()):
            if entry.state == "live" and entry.users and entry.way.improvable:
                self._keeper.improve(entry)
                return

    def later(self) -> None:
        """Look again after a while."""
        if self._timer is None:
            self._timer = self._clock.call_at(self._clock.now() + IMPROVE_EVERY, self._due)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self) -> None:
        self._timer = None
        if any(entry.way.improvable for entry in self._keeper.entries.values()):
            self.later()
            self.now()
