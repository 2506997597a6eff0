"""The bars of one contract and size that a program looks at: kept in UTC, shown in whatever zone is wanted.

::

    TwsIntraMinuteUpdater -- upsert_bar(provisional=True) --.
                                                            +--> MarketDataHub --> views
    TwsHistoricUpdater ----- apply_delta_df(history) -------'

A bar of history is authoritative: it replaces a provisional one and is never replaced by one. Another
authoritative bar may replace it, which is counted as a revision. What views are given is told by the hub, in
order, one writer at a time.
"""

import logging
import math
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from data_processing.bar_forms import UpsertReport
from data_processing.display_zone import display_zone
from market.bar_size import BarSize
from market.errors import BadRequest
from market.times import from_datetime, parse, to_datetime

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("truetick.hub")

PRICES = ("open", "high", "low", "close")

Moment = int | str | datetime
"""UTC nanoseconds, a text as `market.times.parse` reads it, or a datetime; what has no zone is UTC."""


class Candle(msgspec.Struct, frozen=True):
    """One bar; `time` is its start in UTC nanoseconds, `volume` is `None` where nobody knows it."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None = None
    provisional: bool = False


class Shown(NamedTuple):
    """A bar as views get it: `when` is its start in the zone that is shown.

    It is known by its candle's `time`: in the hour that comes twice Python takes two of `when` for equal.
    """

    when: datetime
    candle: Candle


class View(Protocol):
    """What draws bars. Both methods are called on the thread of whoever changed the hub."""

    def upsert(self, rows: Sequence[Shown]) -> None:
        """Add these bars, or put them in the place of those of the same time."""
        ...

    def redraw(self, rows: Sequence[Shown]) -> None:
        """Forget all bars and draw these."""
        ...


class MarketDataHub:
    """All bars of one contract and `size`; any thread may read and write.

    `zone` (``Europe/Berlin``) is what views see, or `tz_offset_hours`, which knows no daylight saving time.
    `revisions` counts authoritative bars that later ones replaced by other values.

    >>> hub = MarketDataHub("1m")
    >>> hub.upsert_bar("2026-01-05T14:30", 10, 11, 9, 10.5, provisional=True)
    True
    >>> hub.upsert_bar("2026-01-05T14:30", 10, 11, 9, 10.4)
    True
    >>> hub.upsert_bar("2026-01-05T14:30", 10, 12, 9, 11.5, provisional=True), hub.last.close
    (False, 10.4)
    """

    def __init__(
        self, size: str = "1m", *, zone: str | None = None, tz_offset_hours: float | None = None
    ) -> None:
        self.size = BarSize.parse(size)
        self.zone = display_zone(zone, tz_offset_hours)
        self.revisions = 0
        self._candles = dict[int, Candle]()
        self._views = list[View]()
        self._turn = threading.RLock()

    # -- writing

    def upsert_bar(
        self,
        time: Moment,
        open: float,
        high: float,
        low: float,
        close: float,
        volume: float | None = None,
        *,
        provisional: bool = False,
    ) -> bool:
        """Take one bar; the answer says whether it changed anything. `BadRequest` for a missing price."""
        candle = Candle(moment(time), open, high, low, close, volume, provisional)
        report = self._take([_checked(candle)], complete=False)
        return not report.unchanged

    def apply_delta_df(self, delta: "pd.DataFrame") -> UpsertReport:
        """Take a frame of history: columns ``open high low close [volume] [final]``, its index their starts.

        Within the time that its final rows span a provisional bar that history does not have is dropped.
        Raise `BadRequest` for a frame of another shape.
        """
        return self._take([_checked(each) for each in candles_of(delta)], complete=True)

    def _take(self, offered: Sequence[Candle], *, complete: bool) -> UpsertReport:
        with self._turn:
            changed, report = list[Candle](), UpsertReport()
            for candle in offered:
                outcome = _outcome(self._candles.get(candle.time), candle)
                report += outcome
                self.revisions += outcome.revised
                if not outcome.unchanged:
                    self._candles[candle.time] = candle
                    changed.append(candle)
            dropped = self._drop_unconfirmed(offered) if complete else False
            self._tell(changed, redraw=dropped)
            return report

    def _drop_unconfirmed(self, history: Sequence[Candle]) -> bool:
        """Drop what history has not, in the time it tells of; the answer says whether there was any."""
        final = {each.time for each in history if not each.provisional}
        if not final:
            return False
        first, last = min(final), max(final)
        gone = [time for time, each in self._candles.items() if each.provisional and first <= time <= last]
        for time in gone:
            del self._candles[time]
        return bool(gone)

    # -- reading

    def candles(self) -> list[Candle]:
        """All bars, oldest first."""
        with self._turn:
            return [self._candles[time] for time in sorted(self._candles)]

    @property
    def last(self) -> Candle | None:
        """The newest bar, if there is any."""
        with self._turn:
            return self._candles[max(self._candles)] if self._candles else None

    def get(self, time: int) -> Candle | None:
        """The bar that starts at `time`, UTC nanoseconds."""
        return self._candles.get(time)

    @property
    def provisional_times(self) -> list[int]:
        """The starts of the bars that no history has confirmed yet, UTC nanoseconds."""
        return [each.time for each in self.candles() if each.provisional]

    def frame(self) -> "pd.DataFrame":
        """All bars: index `time` (UTC, nanoseconds), columns ``open high low close volume provisional``."""
        import pandas as pd

        rows = self.candles()
        columns = (*PRICES, "volume", "provisional")
        index = pd.DatetimeIndex([each.time for each in rows], dtype="datetime64[ns, UTC]", name="time")
        values = {name: [getattr(each, name) for each in rows] for name in columns}
        return pd.DataFrame(values, index=index).astype(dict.fromkeys((*PRICES, "volume"), "float64"))

    # -- views

    def attach(self, view: View) -> Callable[[], None]:
        """Draw all bars there and tell it of changes from now on; the answer ends that."""
        with self._turn:
            self._views.append(view)
            view.redraw(self.shown())

        def detach() -> None:
            with self._turn:
                if view in self._views:
                    self._views.remove(view)

        return detach

    def show_in(self, zone: str | None = None, tz_offset_hours: float | None = None) -> None:
        """Show another zone; no bar changes."""
        with self._turn:
            self.zone = display_zone(zone, tz_offset_hours)
            self._tell([], redraw=True)

    def shown(self, candles: Iterable[Candle] | None = None) -> list[Shown]:
        """Bars (default: all) as views get them."""
        rows = self.candles() if candles is None else candles
        return [Shown(to_datetime(each.time).astimezone(self.zone), each) for each in rows]

    def _tell(self, changed: Sequence[Candle], *, redraw: bool) -> None:
        """Upserts are cheap and cannot take a bar away; a view that fails to take one gets everything."""
        if not (changed or redraw):
            return
        for view in tuple(self._views):
            try:
                if not redraw:
                    view.upsert(self.shown(changed))
                    continue
            except Exception:
                log.exception("a view could not take %d bars; it is drawn anew", len(changed))
            self._redraw(view)

    def _redraw(self, view: View) -> None:
        try:
            view.redraw(self.shown())
        except Exception:
            log.exception("a view could not be drawn and gets no more bars")
            self._views.remove(view)


def moment(time: Moment) -> int:
    """A moment in UTC nanoseconds.

    >>> moment("2026-01-05T14:30") == moment(datetime(2026, 1, 5, 14, 30))
    True
    """
    if isinstance(time, str):
        return parse(time)
    if isinstance(time, datetime):
        return from_datetime(time if time.tzinfo else time.replace(tzinfo=UTC))
    return time


def candles_of(frame: "pd.DataFrame") -> list[Candle]:
    """The rows of a frame, final unless a column ``final`` says otherwise; see `apply_delta_df`."""
    import pandas as pd

    if not isinstance(frame.index, pd.DatetimeIndex):
        raise BadRequest("the index of the frame has to be the starts of its bars, a DatetimeIndex")
    named = frame.rename(columns=lambda name: str(name).lower())
    if missing := [name for name in PRICES if name not in named.columns]:
        raise BadRequest(f"the frame has no column {', '.join(missing)}; bars need open, high, low, close")
    index = pd.DatetimeIndex(named.index)
    index = index if index.tz is not None else index.tz_localize("UTC")
    count = len(named)
    volumes = named["volume"].tolist() if "volume" in named.columns else [None] * count
    final = named["final"].tolist() if "final" in named.columns else [True] * count
    prices = [named[name].astype("float64").tolist() for name in PRICES]
    # pandas 3 counts microseconds unless told otherwise.
    times = index.as_unit("ns").asi8.tolist()
    sizes = [None if each is None or math.isnan(each) else float(each) for each in volumes]
    provisional = [not each for each in final]
    return [Candle(*row) for row in zip(times, *prices, sizes, provisional, strict=True)]


def _checked(candle: Candle) -> Candle:
    prices = [getattr(candle, name) for name in PRICES]
    if not all(map(math.isfinite, prices)):
        when = to_datetime(candle.time).isoformat()
        raise BadRequest(f"the bar of {when} has no price for {PRICES[_first_missing(prices)]}; leave it out")
    return candle


def _first_missing(prices: Sequence[float]) -> int:
    return next(at for at, price in enumerate(prices) if not math.isfinite(price))


def _outcome(known: Candle | None, offered: Candle) -> UpsertReport:
    """What becomes of a bar: what is provisional never replaces what is not."""
    if known is None:
        return UpsertReport(new=1)
    if known == offered or (offered.provisional and not known.provisional):
        return UpsertReport(unchanged=1)
    revised = not known.provisional
    return UpsertReport(revised=1) if revised else UpsertReport(confirmed=1)
