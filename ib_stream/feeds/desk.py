"""What every feed works with: the hub's bytes out, the broker's streams in, the clock, the store."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from charting.marks import MarkBooks
from ib_stream.feeds.outside import Broker
from ib_stream.hub import Hub, Topic
from ib_stream.wire import gap_line, info_line
from market.clock import Clock
from market.instrument import Instrument

if TYPE_CHECKING:
    from data_processing.historical_data import HistoricalData
    from data_processing.timeseries_db import TimeseriesDB
    from data_storage.layout import BarSeries
    from ib_stream.feeds.history_poll import HistoryPoll

_GAPS = 1_000
NOTHING: Mapping[str, Any] = {}
Work = Callable[[], Awaitable[None]]


class Desk:
    """`later` does work that has to wait for the store, one piece after the other; `db` is the store that a
    recorder and a refill of this process keep, `None` where nothing is kept; `history` fetches into it.
    `marks` are what is drawn on charts, `polls` what asks history for them. Of all ticks that were sent
    `newest` is the latest time, and `received` when the last one came.
    """

    def __init__(
        self,
        broker: Broker,
        hub: Hub,
        db: "TimeseriesDB | None",
        clock: Clock,
        later: Callable[[Work], None],
        history: "HistoricalData | None" = None,
        marks: MarkBooks | None = None,
    ) -> None:
        self.broker = broker
        self.hub = hub
        self.db = db
        self.clock = clock
        self.later = later
        self.history = history
        self.marks = marks or MarkBooks()
        self.polls: dict[BarSeries, HistoryPoll] = {}
        self.newest, self.received = 0, clock.now()


class Missing(NamedTuple):
    """Of the times [`start`, `end`) something may be missing."""

    start: int
    end: int
    reason: str


class Voice:
    """What is said on one topic beside its events, which no client's `limit` counts.

    `gaps` are those that were told, with their numbers.
    """

    def __init__(self, desk: Desk, topic: Topic, instrument: Instrument | None) -> None:
        self.topic = topic
        self.gaps = deque[tuple[int, Missing]](maxlen=_GAPS)
        self._desk = desk
        self._of = instrument.contract_id if instrument else 0

    def info(self, code: str, message: str, more: Mapping[str, Any] = NOTHING) -> bytes:
        """An `info` as a client gets it; `tell` sends it to all."""
        return info_line(self.topic.name, code, message, self._desk.clock.now(), self._of, more)

    def tell(self, code: str, message: str, more: Mapping[str, Any] = NOTHING) -> None:
        """Send an `info`; of those with one code the latest is enough for who sees the latest only."""
        self._say(self.info(code, message, more), ("info", code))

    def gap(self, start: int, end: int, reason: str) -> None:
        """Send that of [start, end) something may be missing and will not come."""
        self._say(self.gap_body(start, end, reason), ("gap", start))
        self.gaps.append((self._desk.hub.n, Missing(start, end, reason)))

    def gap_body(self, start: int, end: int, reason: str) -> bytes:
        """A `gap` as a client gets it."""
        return gap_line(self.topic.name, start, end, reason, self._desk.clock.now(), self._of)

    def _say(self, body: bytes, key: object) -> None:
        self._desk.hub.publish(self.topic, body, self._desk.clock.now(), key, counted=False)
