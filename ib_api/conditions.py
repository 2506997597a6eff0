"""Whether anything can be asked for at present, and if not, why."""

from collections.abc import Callable

from ib_api.farms import Farms
from ib_api.ways import Farm
from market.clock import Clock, Timer
from market.times import SECOND

FARM_GRACE = 3 * SECOND
"""How long a new connection waits for news of the farms."""

PARTIAL_GRACE = 5 * SECOND
"""How long farms that work wait for those that do not."""

NO_CONNECTION = "no connection to TWS; it is being made anew"
NO_LINE = "TWS has no line to IB"
COMPETING = "another session of this login has the market data"


class Conditions:
    """`changed` is called when time alone has changed the answer."""

    def __init__(self, farms: Callable[[], Farms], clock: Clock, changed: Callable[[], None]) -> None:
        self.connected = self.degraded = self.paused = False
        self._farms = farms
        self._clock = clock
        self._changed = changed
        self._waited = False
        self._timer: Timer | None = None

    def obstacle(self, farm: Farm) -> str:
        """What is in the way of a request that `farm` answers; empty when nothing is."""
        if not self.connected:
            return NO_CONNECTION
        if self.degraded:
            return NO_LINE
        if farm == "none":
            return ""
        if self.paused and farm == "market_data":
            return COMPETING
        return self._farm(farm)

    def broken(self, farm: Farm) -> str:
        """Which farms of a kind are known not to work, in words; empty when none is."""
        down = self._farms().down(farm)
        return f"waiting for IB's {farm.replace('_', ' ')} farm: {', '.join(down)}" if down else ""

    @property
    def settled(self) -> bool:
        """Whether what is in the way now will not go away within the time that farms are given to come."""
        return self._waited or self.paused or self.degraded or not self.connected

    def connects(self) -> None:
        """The connection is there."""
        self.connected, self.degraded = True, False
        self._wait(FARM_GRACE)

    def farm_news(self) -> None:
        """Something was heard of a farm."""
        self._wait(PARTIAL_GRACE)

    def stop(self) -> None:
        """Call nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _farm(self, farm: Farm) -> str:
        farms = self._farms()
        works, down = getattr(farms, farm), farms.down(farm)
        if works and (not down or self._waited):
            return ""
        if self._waited and not (works or down or farms.down("market_data")):
            return ""
        return self.broken(farm) or f"waiting for IB's {farm.replace('_', ' ')} farm"

    def _wait(self, grace: int) -> None:
        self.stop()
        self._waited = False
        self._timer = self._clock.call_at(self._clock.now() + grace, self._over)

    def _over(self) -> None:
        self._waited = True
        if self._farms().down("market_data") or self._farms().down("history"):
            # By what comes all the same it will be seen which streams these farms do not concern.
            self._timer = self._clock.call_at(self._clock.now() + PARTIAL_GRACE, self._over)
        self._changed()
