"""10197: another session of the login has the market data. Everything waits; one stream asks now and then."""

from collections.abc import Callable

from ib_api.conditions import Conditions
from ib_api.keeper import Keeper
from ib_api.verdicts import COMPETING
from market.clock import Clock, Timer
from market.events import Event, Problem
from market.times import SECOND

PROBE_EVERY = 30 * SECOND


class Competition:
    """Pauses what `keeper` keeps, says so once, and lets it go on when one stream comes again."""

    def __init__(
        self, keeper: Keeper, conditions: Conditions, clock: Clock, publish: Callable[[Event], None]
    ) -> None:
        self._keeper = keeper
        self._conditions = conditions
        self._clock = clock
        self._publish = publish
        self._timer: Timer | None = None
        keeper.on_competition = self._begins
        keeper.on_probe_live = self._ends

    def over(self) -> None:
        """It is no longer known; what is paused may be asked for."""
        self._conditions.paused = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begins(self) -> None:
        told = self._conditions.paused
        self.over()
        self._conditions.paused = True
        self._keeper.stop_market_data()
        self._timer = self._clock.call_at(self._clock.now() + PROBE_EVERY, self._try_again)
        if not told:
            text = "another session of this login has the market data; all streams are paused"
            advice = "log the other session out; the streams come back by themselves"
            self._publish(Problem(COMPETING, text, "warning", self._clock.now(), advice))

    def _try_again(self) -> None:
        paused = [each for each in self._keeper.entries.values() if each.state == "paused" and each.users]
        if not paused:
            self.over()
            return
        paused[0].probe = True
        self._timer = self._clock.call_at(self._clock.now() + PROBE_EVERY, self._try_again)
        self._keeper.reconcile()

    def _ends(self) -> None:
        self.over()
        self._publish(Problem(COMPETING, "the market data is ours again", "info", self._clock.now()))
        self._keeper.reconcile()
