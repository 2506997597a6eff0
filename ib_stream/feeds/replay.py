"""Ticks out of the store, for a client who comes back later than the hub's rings reach."""

from collections.abc import Iterable, Iterator

import msgspec

from ib_stream.feeds.sent import Contents, Sent, content, take
from market.events import Tick
from market.times import SECOND

BRINGING = 5 * SECOND
"""How long after history's answer its ticks may still be on their way to clients."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What a client lacks of a topic: what its feed sent as events after `after`, up to and with `until`; and
    where it was `away` since before the feed began, what was received after that and is in the store.

    What was received after `surely` and not after `away` it may have or not.
    `newest` is the latest time of which the client may have ticks (0: it has none). From `whole_from` on the
    feed sends by itself what history brings.
    """

    until: int
    after: int = 0
    away: int | None = None
    surely: int | None = None
    newest: int = 0
    whole_from: int | None = None


class Selection:
    """Which rows of the store a client gets, second by second."""

    def __init__(self, sent: Sent, stretch: Stretch) -> None:
        self._doubtful = False
        self._unseen = set(sent.seconds(stretch.after, stretch.until))
        self._sent = sent
        self._stretch = stretch
        self._second = -1
        self._had = self._due = self._later = Contents()

    def of(self, ticks: Iterable[Tick]) -> Iterator[Tick | int]:
        """The rows that are due, in their order; call it with stretches of whole seconds.

        After the rows of a second comes the second itself when something of it is lacking that is not there,
        or cannot be told apart from what the client has.
        """
        for tick in ticks:
            second = tick.time // SECOND
            if second != self._second:
                yield from self._end()
                self._begin(second)
            if self._is_due(tick):
                yield tick

    def rest(self) -> set[int]:
        """All rows were given: the seconds that are still in doubt."""
        return self._unseen.union(self._end())

    def _end(self) -> Iterator[int]:
        """What was sent of a second and is not there any more is in doubt, unless it was too early."""
        early = self._stretch.away is not None and not self._stretch.newest
        lacking = any(count > 0 for count in self._due.values())
        if self._doubtful or (lacking and not early):
            yield self._second
        self._doubtful, self._due = False, Contents()

    def _begin(self, second: int) -> None:
        sent, after, until = self._sent, self._stretch.after, self._stretch.until
        self._second = second
        self._unseen.discard(second)
        self._had = sent.contents(second, 0, after)
        self._due = sent.contents(second, after, until)
        self._later = sent.contents(second, until)

    def _is_due(self, tick: Tick) -> bool:
        away, one = self._stretch.away, content(tick)
        if away is not None and tick.source == "tbt" and tick.received <= away:
            surely = self._stretch.surely
            if surely is not None and tick.received > surely:
                self._doubtful = True
            return False
        if take(self._had, one):
            return False
        if take(self._due, one):
            return True
        return not take(self._later, one) and away is not None and self._from_before(tick, away)

    def _from_before(self, tick: Tick, away: int) -> bool:
        """It was not sent by this feed: it is due if it came while nobody listened."""
        if tick.source == "tbt":
            first = self._sent.first_received
            return first is None or tick.received < first or tick.time < self._sent.since
        if tick.time // SECOND <= self._stretch.newest // SECOND:
            if tick.received > away - BRINGING:
                self._doubtful = True
            return False
        if not self._stretch.newest and tick.time // SECOND < away // SECOND:
            return False
        # What is not sent yet of later seconds comes when it is brought.
        return self._stretch.whole_from is None or tick.time < self._stretch.whole_from
