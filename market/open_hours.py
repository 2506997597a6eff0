"""When one contract trades, from what its broker told of the coming days.

Beyond the days told nobody knows: that is a phase of its own, and no reason to think a market open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from market.hours import open_spans
from market.instrument import Instrument
from market.times import from_datetime

Phase = Literal["regular", "extended", "closed", "unknown"]
"""Regular hours; open outside of them; closed; a time of which the broker has told nothing."""

Spans = Sequence[tuple[int, int]]


class OpenHours:
    """Answers `phase` for any time; cheap when asked again and again as time goes on.

    `told` is the range that the broker spoke of, `open` and `regular` the spans within it; all are
    [start, end) in UTC nanoseconds.

    >>> hours = OpenHours(told=(0, 100), open=[(10, 50)], regular=[(20, 40)])
    >>> [hours.phase(time) for time in (5, 15, 30, 45, 60, 100)]
    ['closed', 'extended', 'regular', 'extended', 'closed', 'unknown']
    """

    def __init__(self, told: tuple[int, int], open: Spans, regular: Spans) -> None:
        self.told = told
        self._open = open
        self._regular = regular
        self._edges = sorted({*told, *(edge for span in (*open, *regular) for edge in span)})
        self._phase: Phase = "unknown"
        self._since = self._until = 0

    @classmethod
    def of(cls, instrument: Instrument) -> "OpenHours":
        """The hours in the texts of `instrument`; nothing is told where those are empty.

        All open hours are regular where the broker names no liquid ones.
        """
        zone, told, liquid = instrument.time_zone, instrument.trading_hours, instrument.liquid_hours
        if not (zone and told):
            return cls((0, 0), (), ())
        spans = open_spans(told, zone)
        return cls(_range(told, zone, spans), spans, open_spans(liquid, zone) if liquid else spans)

    def phase(self, time: int) -> Phase:
        """What `time`, UTC nanoseconds, is for this contract."""
        if not self._since <= time < self._until:
            self._since = max((edge for edge in self._edges if edge <= time), default=-(2**63))
            self._until = min((edge for edge in self._edges if edge > time), default=2**63)
            self._phase = self._at(time)
        return self._phase

    def _at(self, time: int) -> Phase:
        if not self.told[0] <= time < self.told[1]:
            return "unknown"
        if any(start <= time < end for start, end in self._regular):
            return "regular"
        return "extended" if any(start <= time < end for start, end in self._open) else "closed"


def _range(told: str, zone: str, spans: Spans) -> tuple[int, int]:
    """From the first day named to the end of the last.

    The evening of the last day may belong to a session of the day after, which the broker has not named yet;
    so a last day that trades is told up to its close only, and one that is closed up to noon.
    """
    days = [part.partition(":")[0] for part in told.split(";") if part]
    first, last = (
        datetime.strptime(day, "%Y%m%d").replace(tzinfo=ZoneInfo(zone)) for day in (days[0], days[-1])
    )
    noon = from_datetime(last + timedelta(hours=12))
    starts, ends = [from_datetime(first)], [noon]
    for start, end in spans:
        starts.append(start)
        ends.append(end)
    return min(starts), max(ends)
