"""Whether the market has left what a model knows, and whether its intervals still hold."""

from collections import deque
from math import log

import numpy as np

from ai.baselines.simple import by_minute
from ai.data import Bars
from ai.evaluation.scores import Estimate, wilson
from ai.features import minute_of_day
from ai.meta import Floats

ALLOWANCE = 1.0
THRESHOLD = 13.0
_LARGEST = 6.0
_KEPT = 1001


def usual_moves(bars: Bars) -> tuple[Floats, Floats]:
    """What to compare later moves with: their size at each minute of the local day, and their distribution.

    (1440,) root mean squares of log returns, and (1001,) quantiles of absolute returns over those.
    """
    returns = np.full(len(bars), np.nan)
    returns[1:] = np.log(bars.close[1:] / bars.close[:-1])
    returns[bars.first] = np.nan
    minute = minute_of_day(bars.time, bars.meta.time_zone)
    usual = np.sqrt(by_minute(minute, returns**2)) + 1e-12
    moves = np.abs(returns) / usual[minute]
    return usual, np.asarray(np.nanquantile(moves, np.linspace(0, 1, _KEPT)))


class DriftAlarm:
    """A running sum that rises while errors are larger than when the model was judged (CUSUM, Page 1954).

    It sees one number a bar: how far the close was from its forecast, in a unit that does not follow the
    market (a log return over what is usual at that minute). Each is compared with those of the validation
    span by its rank only, so fat tails are no alarm: a rank that leaves the share p above it counts
    -log(p), which averages 1 whatever the distribution, and at most `_LARGEST`. The sum takes what is
    above 1 + `ALLOWANCE` and is never below 0. An alarm sets it to 0.

    Where volatility comes in strong clusters it also rings when one of those doubles the volatility for
    an hour: that is no error of the alarm, and not what the model was judged on either.
    """

    def __init__(self, reference: Floats) -> None:
        """`reference` (N,): the errors of the validation span, their sign of no importance."""
        self._reference = np.sort(np.abs(reference[np.isfinite(reference)]))
        if not len(self._reference):
            raise ValueError("there is no error to compare with")
        self.total = 0.0
        self.alarms = 0

    def update(self, error: float) -> bool:
        """Count the error of one more bar; whether this is where an alarm is raised."""
        if np.isnan(error):
            return False
        count = len(self._reference)
        above = count - int(np.searchsorted(self._reference, abs(error)))
        surprise = min(-log((above + 1) / (count + 1)), _LARGEST)
        self.total = max(0.0, self.total + surprise - 1 - ALLOWANCE)
        if self.total < THRESHOLD:
            return False
        self.total, self.alarms = 0.0, self.alarms + 1
        return True


class LiveCoverage:
    """How often the last `window` bars fell inside their intervals, beside how often they should have."""

    def __init__(self, nominal: float = 0.9, window: int = 1000) -> None:
        self.nominal = nominal
        self._held: deque[bool] = deque(maxlen=window)

    def update(self, low: float, actual: float, high: float) -> None:
        """Count one bar; a bar without an interval, or an interval without its bar, is not counted."""
        if not (np.isnan(low) or np.isnan(actual) or np.isnan(high)):
            self.count_one(low <= actual <= high)

    def count_one(self, held: bool) -> None:
        """Count a bar of which that is known already."""
        self._held.append(held)

    @property
    def share(self) -> Estimate:
        """The share with its 95 % interval; NaN before the first bar."""
        return wilson(self.held, self.count)

    @property
    def held(self) -> int:
        return sum(self._held)

    @property
    def count(self) -> int:
        return len(self._held)

    @property
    def holds(self) -> bool:
        """Whether what was promised is within the interval of what happened."""
        share = self.share
        return share.low <= self.nominal <= share.high
