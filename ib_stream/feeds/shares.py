"""What clients and the manager get to see of topics at work."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from ib_api.scheduling import Quota
from ib_stream.feeds.feed import Feed
from ib_stream.hub import Topic
from market.events import StreamState
from market.instrument import Instrument


class ActiveStream(msgspec.Struct, frozen=True, kw_only=True):
    """One topic at work; `source` is ``tbt``, ``l1``, ``live``, ``rtbar`` or empty, `since` in UTC ns."""

    topic: str
    kind: str
    contract_id: int | None
    symbol: str
    detail: str
    clients: int
    state: StreamState
    source: str
    note: str
    since: int


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The places that streams take: ours of at most `most`, and IB's, with who has them."""

    streams: int
    most: int
    broker: Quota


class Joined:
    """A client's share in its topics; leave it, or use it in a ``with`` block.

    `hello` are the bodies to send first, `snapshot` those that tell a client that does not resume how things
    stand. Both are made when they are asked for.
    """

    def __init__(self, feeds: Sequence[Feed], leave: Callable[[Feed], None]) -> None:
        self._feeds = tuple(feeds)
        self._leave: Callable[[Feed], None] | None = leave

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The hub's topics, in the order of the names."""
        return tuple(feed.topic for feed in self._feeds)

    @property
    def instruments(self) -> tuple[Instrument | None, ...]:
        """What contract each topic is of."""
        return tuple(feed.instrument for feed in self._feeds)

    @property
    def hello(self) -> list[bytes]:
        """Of each topic what it is, whether it is derived, and how it stands."""
        return [body for feed in self._feeds for body in feed.hello()]

    @property
    def snapshot(self) -> list[bytes]:
        """The latest bar, book, orders, values."""
        return [body for feed in self._feeds for body in feed.snapshot()]

    def leave(self) -> None:
        """The client has gone; calling it twice is harmless."""
        leave, self._leave = self._leave, None
        for feed in self._feeds if leave else ():
            assert leave is not None
            leave(feed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def active_stream(feed: Feed) -> ActiveStream:
    """How a topic stands."""
    of = feed.instrument
    return ActiveStream(
        topic=str(feed.name),
        kind=feed.name.kind,
        contract_id=of.contract_id if of else None,
        symbol=of.ticker if of else "",
        detail=feed.name.detail,
        clients=feed.clients,
        state=feed.state,
        source=feed.source,
        note=feed.note,
        since=feed.since,
    )
