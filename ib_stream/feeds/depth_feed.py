"""The order book: whole each time, once for all changes that came together."""

import asyncio
from collections.abc import Mapping, Sequence

from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler
from ib_stream.feeds.names import TopicName
from ib_stream.hub import Topic
from ib_stream.wire import Book
from market.events import Depth, Event
from market.instrument import Instrument
from market.wanted import Wanted, WantedDepth


class DepthFeed(ContractFeed):
    """After an outage IB sends the book anew, so the next one is true; what it was meanwhile nobody keeps."""

    kind = "depth"

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        self._book = Book()
        self._changed = False

    @property
    def wanted(self) -> Sequence[Wanted]:
        return [WantedDepth(instrument=self.instrument)]

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {**super().handlers, Depth: self._on_change}

    def snapshot(self) -> list[bytes]:
        """The book, unless it is not known how it stands."""
        return [self._book.line()] if self._book.received and self.whole else []

    def _on_change(self, change: Depth) -> None:
        self._book.apply(change)
        if not self._changed:
            self._changed = True
            asyncio.get_running_loop().call_soon(self._show)

    def _show(self) -> None:
        self._changed = False
        self.publish(self._book.line(), self._book.received, "book")
