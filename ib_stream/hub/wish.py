"""What a client asks for, what is kept for those who come back, and how a stream ended."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence

import msgspec

from ib_stream.hub.client import Reason
from ib_stream.hub.ids import EventId
from ib_stream.hub.topic import Topic
from market.errors import BadRequest


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One client's stream; raise `BadRequest` for one without topics or with a limit below 1.

    `after` (the client's last id) or `since` (UTC nanoseconds of receipt) say where to go on; without
    them the stream begins now, with the latest of each key where a topic is one of states. `limit`
    counts ticks on this connection, `timeout` is in seconds. `hello` are the bodies of events sent first.
    `extra_headers` are added to the response, `request_id` as ``x-request-id``.
    """

    topics: tuple[Topic, ...]
    after: EventId | None = None
    since: int | None = None
    limit: int | None = None
    timeout: float | None = None
    hello: Sequence[bytes] = ()
    extra_headers: Sequence[tuple[bytes, bytes]] = ()
    request_id: str = ""

    def __post_init__(self) -> None:
        if not self.topics:
            raise BadRequest("a stream needs a topic; name at least one")
        if self.limit is not None and self.limit < 1:
            raise BadRequest(f"a limit is at least 1, not {self.limit}; leave it out for none")


class Ended(msgspec.Struct, frozen=True):
    """Why a stream ended, and how many ticks its client was sent."""

    reason: Reason
    ticks: int


class Replayed(msgspec.Struct, frozen=True):
    """Events of one topic that no ring holds: bodies in the order in which they were published.

    The order must be the same each time: a client whose line breaks meanwhile goes on by counting. Gaps may
    be among them, with their `type` first; a limit does not count these. `missing`:
    between which moments of receipt (UTC nanoseconds) there may have been more than is kept.
    """

    bodies: Iterable[bytes] | AsyncIterable[bytes]
    missing: tuple[int, int] | None = None


Replay = Callable[[Topic, EventId | int, int], Awaitable[Replayed]]
"""What is kept of a topic after an id, perhaps of an earlier life of the process, or received since a
time (UTC nanoseconds), up to and with event `until` of this life, which is where the ring begins."""

Mark = Callable[[int, int], None]
"""Told the number of an event that clients know now, and when that was received (UTC nanoseconds)."""
