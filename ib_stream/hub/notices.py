"""What the hub itself tells clients, framed with the ids that go with it."""

from collections.abc import Sequence
from typing import NamedTuple

from ib_stream.hub import frames
from ib_stream.hub.ids import EventId
from ib_stream.hub.topic import Topic
from market.clock import Clock


class Missing(NamedTuple):
    """What a client did not get of a topic: how many, after which id up to and with which event, between
    which moments (UTC nanoseconds). None is what nobody knows.
    """

    reason: str
    missed: int | None
    after: EventId
    until: int
    start: int | None
    end: int | None


class Notices:
    """The notices of one life of the process."""

    def __init__(self, epoch: str, clock: Clock) -> None:
        self.epoch = epoch
        self._clock = clock

    def id(self, n: int) -> EventId:
        """The id of event `n`."""
        return EventId(self.epoch, n)

    def complete(self, topics: Sequence[Topic], reason: str, ticks: int, id: EventId | None) -> bytes:
        """`topics` have come to their end; with an `id`, all that the client wanted has."""
        return frames.event(frames.complete(_about(topics), self._clock.now(), reason, ticks), id)

    def farewell(self, topics: Sequence[Topic], message: str) -> bytes:
        """The server goes."""
        return frames.event(frames.farewell(_about(topics), self._clock.now(), message))

    def error(self, topics: Sequence[Topic], code: str, message: str, details: str) -> bytes:
        """Why the stream ends here."""
        return frames.event(frames.error(_about(topics), self._clock.now(), code, message, details))

    def gap(self, topic: Topic, missing: Missing, id: EventId | None = None) -> bytes:
        """Of `topic` something is missing; with an `id`, nothing that is older comes after it."""
        told = {
            "reason": missing.reason,
            "missed": missing.missed,
            "from": frames.moment(missing.start),
            "to": frames.moment(missing.end),
            "after": str(missing.after),
            "until": str(self.id(missing.until)),
        }
        return frames.event(frames.gap(topic.about, self._clock.now(), told), id)


def _about(topics: Sequence[Topic]) -> frames.About:
    return topics[0].about if len(topics) == 1 else {"topics": [topic.name for topic in topics]}
