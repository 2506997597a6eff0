"""Which stream of the ledger something belongs to, and how its time is cut: second, bar, moment."""

from collections.abc import Callable, Sequence
from typing import get_args
from zoneinfo import ZoneInfo

from data_processing.alignment import bounds
from data_storage.ledger import Stream
from market.bar_size import BarSize
from market.events import StreamChanged, TickType
from market.instrument import Instrument
from market.times import DAY, SECOND

TICK_TYPES: dict[str, TickType] = {name: name for name in get_args(TickType)}


class StreamUnits:
    """Tells by what `instruments` knows of contracts: zones, and whether they trade at all."""

    def __init__(self, instruments: Callable[[], Sequence[Instrument]]) -> None:
        self._instruments = instruments

    def instrument(self, stream: Stream) -> Instrument | None:
        """What is known of a stream's contract."""
        route = stream.contract_id, stream.exchange
        return next((e for e in self._instruments() if (e.contract_id, e.exchange) == route), None)

    def stream_of(self, change: StreamChanged) -> Stream:
        """The stream that changed; bars without a `what` are those that the contract has."""
        if change.kind in TICK_TYPES:
            source = "l1" if change.source == "l1" else "tbt"
            return Stream(change.contract_id, change.exchange, change.kind, source)
        plain = Stream(change.contract_id, change.exchange, change.kind)
        if change.kind == "depth":
            return plain
        what = change.what or ("MIDPOINT" if self._untraded(plain) else "TRADES")
        size = BarSize.parse(change.kind).name
        return Stream(change.contract_id, change.exchange, size, what=what, hours=change.hours)

    def candles_of(self, stream: Stream, sizes: Sequence[BarSize]) -> list[Stream]:
        """The bars that are made of a stream of ticks: of trades, or of the quotes of what has none."""
        traded = stream.kind in ("Last", "AllLast")
        if stream.kind not in TICK_TYPES or not (traded or self._untraded(stream)):
            return []
        what = "TRADES" if traded else "MIDPOINT"
        return [
            Stream(stream.contract_id, stream.exchange, size.name, what=what, hours="all") for size in sizes
        ]

    def bounds(self, stream: Stream, time: int) -> tuple[int, int]:
        """The unit [start, end) that `time` lies in: a second of ticks, a bar, or the moment itself."""
        if is_line(stream):
            return time, time
        if stream.kind in TICK_TYPES:
            return time - time % SECOND, time - time % SECOND + SECOND
        size = BarSize.parse(stream.kind)
        if size.intraday:
            instrument = self.instrument(stream)
            return bounds(
                size, ZoneInfo(instrument.time_zone if instrument and instrument.time_zone else "UTC"), time
            )
        # Trading dates begin on the evening before and weeks where the exchange says: take more than enough.
        return time - time % DAY - size.nanoseconds, time - time % DAY + 2 * DAY

    def _untraded(self, stream: Stream) -> bool:
        instrument = self.instrument(stream)
        return instrument is not None and instrument.sec_type == "CASH"


def is_line(stream: Stream) -> bool:
    """Whether it is state that nobody keeps: a market-data line or an order book."""
    return stream.source == "l1" or stream.kind == "depth"
