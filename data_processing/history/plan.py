"""What a backfill will ask for, said before anything is asked."""

from collections.abc import Iterable, Sequence

import msgspec

from data_processing.coverage import Range, missing, union
from data_processing.history.notes import Notes
from data_processing.history.pace import Pace
from data_processing.sessions import Timetable
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.broker import MarketData
from market.errors import RequestFailed
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND, iso

WHOLE = "ADJUSTED_LAST"
"""It takes no end date, so all of it comes in one answer, and each new dividend changes all of it."""

_SMALL_SECONDS, _SMALL_REACH = 30, 183 * DAY
"""IB keeps bars of 30 seconds and less for six months (its page on historical data limitations)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask for of `series`: the `holes`, oldest first, within [`start`, `end`).

    `span` is the length of a request as it stands, `requests` how many that makes; `each` is the seconds that
    one takes, `measured` or a guess. `head` is the time of the earliest bar there is, where that was asked
    for; `note` says what was cut off, and why.
    """

    instrument: Instrument
    series: BarSeries
    start: int
    end: int
    holes: Sequence[Range]
    skipped: int
    span: int
    requests: int
    each: float
    measured: bool
    head: int | None = None
    note: str = ""

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return self.requests * self.each

    @property
    def name(self) -> str:
        """``AAPL 1m TRADES all``."""
        return f"{self.instrument.ticker} {self.series.size} {self.series.what} {self.series.hours}"

    def describe(self) -> str:
        """``AAPL 1m TRADES all: 1,685 requests of 1 day, about 84 min at the measured 3 s each, ...``"""
        if not self.holes and self.start == self.end:
            first = "what there is" if self.head is None else f"the head timestamp {iso(self.head)[:10]}"
            return f"{self.name}: nothing to ask for: {self.note or f'all of it lies before {first}'}"
        if not self.holes:
            return (
                f"{self.name}: nothing to ask for, {iso(self.start)} .. {iso(self.end)} was answered before"
            )
        one = self.requests == 1
        what = "1 request" if one else f"{self.requests:,} requests of {lasting(self.span / SECOND)}"
        pace = f"the measured {self.each:.2g} s" if self.measured else f"a guess of {self.each:.2g} s"
        parts = [what, f"about {lasting(self.seconds)} at {pace}" + ("" if one else " each")]
        back_to = self.holes[0][0]
        if self.head is not None and self.head == back_to:
            parts.append(f"back to the head timestamp {iso(self.head)[:10]}")
        else:
            parts.append(f"from {iso(back_to)}")
        return f"{self.name}: {', '.join(parts)}" + (f" ({self.note})" if self.note else "")


class Planner:
    """Makes plans from what `db` knows and `pace` has learned."""

    def __init__(self, market_data: MarketData, db: TimeseriesDB, pace: Pace) -> None:
        self._market_data = market_data
        self._db = db
        self._pace = pace

    async def within(
        self, instrument: Instrument, series: BarSeries, start: int | None, end: int, refresh: bool
    ) -> Plan:
        """The plan for [start, end), no further back than there is anything; `None` asks for all there is.

        Raise what the question for the earliest bar is refused with where it was wanted.
        """
        size, note, head = BarSize.parse(series.size), "", None
        now = await self._market_data.now()
        end = await self.bounded(end, size)
        reach = now - _SMALL_REACH
        if size.seconds <= _SMALL_SECONDS and (start is None or start < reach):
            start, note = min(reach, end), "IB keeps bars of 30 s and less for six months"
        if start is None or self._unknown(series, size, start, end, refresh):
            head = await self._head(instrument, series, wanted=start is None)
        if head is not None:
            start = min(head if start is None else max(start, head), end)
        assert start is not None
        return self.of(instrument, series, start, end, refresh, head, note)

    def of(
        self,
        instrument: Instrument,
        series: BarSeries,
        start: int,
        end: int,
        refresh: bool = False,
        head: int | None = None,
        note: str = "",
        *,
        alone: bool = False,
    ) -> Plan:
        """The plan for what of [start, end) the ledger does not know, and for what is pending anywhere.

        With `alone` only the former.
        """
        asked = [(start, end)] if start < end else []
        holes = asked
        if not refresh and series.what != WHOLE:
            holes = missing(self._db.answered(series, start, end), start, end)
        skipped = len(missing(holes, start, end))
        if BarSize.parse(series.size).seconds <= _SMALL_SECONDS:
            holes = self._open(series, holes)
        pending = [] if alone else Notes(self._db, series).wanted()
        return self.over(instrument, series, [*holes, *pending], (start, end), skipped, head, note)

    def over(
        self,
        instrument: Instrument,
        series: BarSeries,
        holes: Sequence[Range],
        bounds: Range,
        skipped: int = 0,
        head: int | None = None,
        note: str = "",
    ) -> Plan:
        """The plan for these holes, whatever the ledger says of them."""
        size, what = BarSize.parse(series.size), series.what
        span = self._pace.span(size, what, self._market_data.max_span(size))
        holes = _joined(holes, span)
        if what == WHOLE and holes:
            holes, note = [(holes[0][0], holes[-1][1])], "ADJUSTED_LAST comes whole"
        requests = 1 if what == WHOLE else sum(-(-(until - since) // span) for since, until in holes)
        measured = self._pace.seconds(size, what)
        return Plan(
            instrument=instrument,
            series=series,
            start=bounds[0],
            end=bounds[1],
            holes=holes,
            skipped=skipped,
            span=span,
            requests=requests if holes else 0,
            each=self._pace.guess(size, what) if measured is None else measured,
            measured=measured is not None,
            head=head,
            note=note,
        )

    async def bounded(self, end: int, size: BarSize) -> int:
        """Nobody knows the future: a range that reaches into it ends with the running bar."""
        return min(end, await self._market_data.now() + size.nanoseconds)

    def _open(self, series: BarSeries, holes: Sequence[Range]) -> list[Range]:
        """Requests for small bars are rationed: none is spent on hours in which the market was closed."""
        timetable = Timetable.of(self._db, series.contract_id, series.exchange)
        return [
            piece
            for start, end in holes
            for piece in union(
                [*timetable.open(series.hours, start, end), *timetable.unknown(series.hours, start, end)]
            )
        ]

    def _unknown(self, series: BarSeries, size: BarSize, start: int, end: int, refresh: bool) -> bool:
        """Whether the range may begin before the earliest bar, and a request is worth knowing that."""
        if end - start <= self._market_data.max_span(size):
            return False
        return refresh or not self._db.answered(series, start, start + 1)

    async def _head(self, instrument: Instrument, series: BarSeries, *, wanted: bool) -> int | None:
        try:
            return await self._market_data.head_time(
                instrument, "TRADES" if series.what == WHOLE else series.what
            )
        except RequestFailed:
            # Not every kind of data has one; a range that begins too early costs empty answers only.
            if wanted:
                raise
            return None


def _joined(holes: Iterable[Range], span: int) -> list[Range]:
    """Holes that one request of length `span` can fill together are one.

    >>> _joined([(0, 1), (4, 5), (50, 90), (95, 96)], 10)
    [(0, 5), (50, 90), (95, 96)]
    """
    joined = list[Range]()
    for start, end in union(holes):
        if joined and end - joined[-1][0] <= span:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def lasting(seconds: float) -> str:
    """A length of time in words.

    >>> lasting(45), lasting(5055), lasting(86_400), lasting(29 * 86_400), lasting(30_000)
    ('45 s', '84 min', '1 day', '29 days', '8 h 20 min')
    """
    whole = round(seconds)
    if whole and whole % (DAY // SECOND) == 0:
        days = whole // (DAY // SECOND)
        return f"{days} day" if days == 1 else f"{days} days"
    minutes = whole // (MINUTE // SECOND)
    if minutes < 2:
        return f"{whole} s"
    return f"{minutes} min" if minutes <= 120 else f"{minutes // 60} h {minutes % 60} min"
