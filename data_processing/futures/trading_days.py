"""Which trading date a moment belongs to.

A session that begins in the evening has the date of the day after: CME's Monday begins on Sunday at 17:00
in Chicago. When sessions begin is read from the hours that the broker told, by the clock of the exchange, so
that it holds for all years and across changes to summer time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from data_processing.sessions.rules import local
from data_processing.sessions.told import telling_of
from market.instrument import Instrument
from market.times import DAY, to_datetime

_EPOCH = date(1970, 1, 1).toordinal()
_DAY_OF_MINUTES = 24 * 60


class TradingDays:
    """Trading dates, as days since 1970, of a market in `zone` whose sessions begin `opens` minutes after
    midnight of their date; below 0 on the evening before.

    >>> days = TradingDays("America/Chicago", -7 * 60)
    >>> day = days.of(np.array([days.start(20_000) - 1, days.start(20_000)]))
    >>> day.tolist()
    [19999, 20000]
    """

    def __init__(self, zone: str, opens: int = 0) -> None:
        self._zone = zone
        self._opens = opens

    @classmethod
    def told(cls, instruments: Sequence[Instrument]) -> "TradingDays":
        """From the hours of the last of `instruments` that has any: expired ones are told without.

        Where none has, dates are those of the exchange's own clock, or of UTC.
        """
        for each in reversed(instruments):
            if each.trading_hours and each.time_zone:
                return cls(each.time_zone, _opening(each))
        zones = [each.time_zone for each in instruments if each.time_zone]
        return cls(zones[-1] if zones else "UTC")

    def of(self, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The trading date of each of the sorted `times`, UTC nanoseconds."""
        if not len(times):
            return times
        first, last = int(times[0] // DAY) - 2, int(times[-1] // DAY) + 3
        starts = np.array([self.start(day) for day in range(first, last)], np.int64)
        return np.searchsorted(starts, times, side="right") - 1 + first

    def start(self, day: int) -> int:
        """When a trading date begins, UTC nanoseconds."""
        return local(self._zone, date.fromordinal(_EPOCH + day), self._opens)


def _opening(instrument: Instrument) -> int:
    """Minutes from midnight of a session's date to its beginning, as most sessions have it."""
    told, zone = telling_of(instrument, "all", 0), ZoneInfo(instrument.time_zone)
    found = Counter[int]()
    for each in told.sessions if told else ():
        opening = to_datetime(each.start).astimezone(zone)
        evening = (each.day - opening.date()).days * _DAY_OF_MINUTES
        found[opening.hour * 60 + opening.minute - evening] += 1
    # Pauses divide a session: its beginning is the earliest that is common.
    common = [minutes for minutes, count in found.items() if count * 2 >= max(found.values())]
    return min(0, min(common, default=0))
