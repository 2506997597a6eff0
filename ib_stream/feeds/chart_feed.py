"""What is drawn on a chart beside its bars, as it changes."""

from collections.abc import Callable

from charting.marks import Change
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed
from ib_stream.feeds.names import TopicName
from ib_stream.hub import Topic
from ib_stream.wire import mark_line
from market.instrument import Instrument


class ChartFeed(ContractFeed):
    """Topic ``chart:CONTRACT``. Nothing is asked of the broker: programs put marks into the book.

    No change may be left out: one that says what is gone has no later one in its place.
    """

    policy = "lossless"

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        self._book = desk.marks.of(instrument.contract_id)
        self._stop: Callable[[], None] = self._book.listen(self._on_change)

    def close(self) -> None:
        self._stop()
        super().close()

    def snapshot(self) -> list[bytes]:
        return [self._line(None), *(self._line(each) for each in self._book.snapshot())]

    def _on_change(self, change: Change) -> None:
        self.publish(self._line(change), self.desk.clock.now())

    def _line(self, change: Change) -> bytes:
        return mark_line(change, self.instrument.contract_id, self.desk.clock.now())
