"""Forecasts while the market runs: one after each authoritative bar, kept beside what then happened."""

from collections import deque
from itertools import islice
from math import log
from statistics import median

import msgspec
import numpy as np

from ai.data import Bars
from ai.drift import DriftAlarm, LiveCoverage
from ai.errors import UnusableBars
from ai.features import minute_of_day
from ai.journal import Came, Journal, Line
from ai.meta import COLUMNS
from ai.outlook import outcome
from ai.pipelines.predict import prediction
from ai.serving import Live, Model
from market.bar_size import BarSize
from market.events import Prediction
from market.times import SECOND

_RECENT = 500


class Predictor:
    """Forecasts of one contract: give `update` its newest authoritative bars whenever there may be more.

    A bar that changed after it was seen begins the state anew, as does a pause. ``drift`` is a flag of the
    forecasts after an alarm, for as long as it is among the last bars. The coverage of the same model goes on
    where an earlier run ended.
    """

    def __init__(self, model: Model, journal: Journal | None = None) -> None:
        self.live = Live(model)
        self.coverage = LiveCoverage(window=_RECENT)
        self.alarm = DriftAlarm(model.arrays["moves"])
        self._alarms = deque[bool](maxlen=_RECENT)
        self.delays = deque[float](maxlen=_RECENT)
        self.waits_for = ""
        self._journal = journal
        came = (line.came for line in (journal.newest() if journal else ()) if line.came is not None)
        mine = (each.inside for each in came if each.model == model.card.version)
        for inside in reversed(list(islice(mine, _RECENT))):
            self.coverage.count_one(inside)
        self._seen: Bars | None = None
        self._made: Prediction | None = None

    def update(self, bars: Bars, now: int) -> Prediction | None:
        """The forecast after the last of `bars`; `None` where nothing is new or something lacks."""
        if not len(bars) or (self._seen is not None and _same(self._seen, bars)):
            return None
        news = self._news(bars)
        try:
            if news is None:
                self.live.begin(bars)
            else:
                for n in range(len(bars) - news, len(bars)):
                    self._add(bars, n)
        except UnusableBars as error:
            self.waits_for, self._seen, self._made = str(error), None, None
            return None
        self._seen, self.waits_for = bars, ""
        return self._tell(int(bars.time[-1]), now)

    @property
    def report(self) -> str:
        """One line on how it goes."""
        if self.waits_for:
            return self.waits_for
        text = f"{len(self.delays)} forecasts"
        if self.coverage.count:
            text += f", {self.coverage.held} of {self.coverage.count} closes inside their 90 %"
            text += "" if self.coverage.holds else ", which is not 90 %"
        if self.alarm.alarms:
            text += f", {self.alarm.alarms} alarms: the market is not what the model learned from"
        if self.delays:
            text += f", {median(self.delays):.1f} s after the bell"
        return text

    def _news(self, bars: Bars) -> int | None:
        """How many bars follow on what was seen; `None` where it has to begin anew."""
        seen = self._seen
        if seen is None or seen.time[-1] not in bars.time:
            return None
        at = int(np.searchsorted(bars.time, seen.time[-1])) + 1
        old, new = seen[max(0, len(seen) - at) :], bars[max(0, at - len(seen)) : at]
        if not _same(old, new) or bars.session[-1] != bars.session[at - 1]:
            return None
        return len(bars) - at

    def _add(self, bars: Bars, n: int) -> None:
        row = [float(getattr(bars, name)[n]) for name in COLUMNS]
        self._compare(int(bars.time[n]), row)
        self.live.add(int(bars.time[n]), *row)

    def _compare(self, time: int, row: list[float]) -> None:
        """Learn from what became of the last forecast."""
        live = self.live
        assert live.known is not None
        assert live.outlook is not None
        came = outcome(live.known, *row[1:])
        for conformal, interval, value in zip(live.conformals, live.outlook.intervals, came, strict=True):
            conformal.observe(*interval, value)
        low, high = live.outlook.closes[0], live.outlook.closes[-1]
        inside = low <= row[3] <= high
        self.coverage.update(low, row[3], high)
        self._alarms.append(self.alarm.update(self._move(time, row[3])))
        if self._journal and self._made and self._made.time == time:
            values = dict(zip(COLUMNS, row, strict=True))
            self._journal.note(Line(came=Came(time, inside, live.model.card.version, **values)))

    def _move(self, time: int, close: float) -> float:
        """How far the bar went, in multiples of what was usual at its minute when the model was trained."""
        model, known = self.live.model, self.live.known
        assert known is not None
        minute = minute_of_day(np.array([time]), model.card.meta.time_zone)[0]
        return log(close / known.close) / float(model.arrays["usual_moves"][minute])

    def _tell(self, last: int, now: int) -> Prediction:
        made = prediction(self.live, last, now, self.coverage.held, self.coverage.count)
        if any(self._alarms):
            made = msgspec.structs.replace(made, flags=(*made.flags, "drift"))
        self._made = made
        size = BarSize.parse(made.size)
        self.delays.append((now - last - size.nanoseconds) / SECOND)
        if self._journal:
            self._journal.note(Line(forecast=made))
        return made


def _same(a: Bars, b: Bars) -> bool:
    if len(a) != len(b):
        return False
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ("time", *COLUMNS)
    )
