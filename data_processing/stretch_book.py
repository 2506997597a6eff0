"""The ledger at work: what became of each stretch of time, kept in memory and written when it changed.

Pure but for `save`: streams go live, break off and end, and each moment of them is then had or missing.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec.structs import replace

from data_processing.coverage import missing
from data_storage.layout import FOREVER
from data_storage.ledger import Key, Span, SpanState, Stream


class Units(Protocol):
    """How a stream's time is cut: the second, the bar, the moment."""

    def bounds(self, stream: Stream, time: int) -> tuple[int, int]:
        """The unit [start, end) that `time` lies in."""
        ...


class StretchBook:
    """All stretches of a store; `changes` are those that were not written yet."""

    def __init__(self, spans: Iterable[Span], units: Units) -> None:
        self._units = units
        self._spans = dict[Stream, dict[int, Span]]()
        self._changed = dict[Key, Span | None]()
        for span in spans:
            self._spans.setdefault(span.stream, {})[span.start] = span

    # -- what happens to streams

    def live(self, stream: Stream, time: int) -> Span | None:
        """From the unit after that of `time` on all comes; the answer is the missing stretch that ends."""
        open_ = self.open(stream)
        if open_ is not None and open_.state == "have":
            return None
        start = self._units.bounds(stream, time)[1]
        ended = self._end(open_, start) if open_ is not None else None
        # A clock that was put back must not let two stretches overlap.
        start = max([start, *(each.end or start for each in self.of(stream))])
        self.put(Span(stream, start, None, "have"))
        return ended

    def broken(self, stream: Stream, time: int, state: SpanState, reason: str) -> bool:
        """Up to the unit of `time` all came, what follows is `state`; false when it was broken already."""
        open_ = self.open(stream)
        if open_ is None or open_.state != "have":
            return False
        start = max(open_.start, self._units.bounds(stream, time)[0])
        self._end(open_, start)
        self.put(Span(stream, start, None, state, reason))
        return True

    def ended(self, stream: Stream, time: int) -> Span | None:
        """Nobody wants it after `time`; the answer is the missing stretch that this ended, if any."""
        open_ = self.open(stream)
        if open_ is None:
            return None
        if open_.state == "have":
            self._end(open_, max(open_.start, self._units.bounds(stream, time)[0]))
            return None
        return self._end(open_, max(open_.start, self._units.bounds(stream, time)[1]))

    def lost(self, stream: Stream, start: int, end: int, reason: str) -> None:
        """Of what came live, the units of [start, end] are missing after all."""
        first, last = self._units.bounds(stream, start)[0], self._units.bounds(stream, end)[1]
        for span in [each for each in self.of(stream) if each.state == "have" and each.overlaps(first, last)]:
            until = last if span.end is None else min(last, span.end)
            begin = max(first, span.start)
            self._end(span, begin)
            self.put(Span(stream, begin, until, "pending", reason))
            if span.end is None or until < span.end:
                self.put(replace(span, start=until))

    def want(self, stream: Stream, start: int, end: int, reason: str) -> None:
        """The units of [start, end] are to be filled in, as far as nothing is known of them."""
        first, last = self._units.bounds(stream, start)[0], self._units.bounds(stream, end)[1]
        known = [(each.start, FOREVER[1] if each.end is None else each.end) for each in self.of(stream)]
        for hole in missing(known, first, last):
            self.put(Span(stream, *hole, "pending", reason))

    # -- what is there

    def open(self, stream: Stream) -> Span | None:
        """The stretch of a stream that goes on."""
        return next(
            (each for each in reversed(self._spans.get(stream, {}).values()) if each.end is None), None
        )

    def of(self, stream: Stream) -> list[Span]:
        """The stretches of a stream, oldest first."""
        return sorted(self._spans.get(stream, {}).values(), key=lambda span: span.start)

    def streams(self) -> list[Stream]:
        """All that anything is known of."""
        return list(self._spans)

    def pending(self) -> Iterator[Span]:
        """The holes that are to be filled in and have an end."""
        for spans in self._spans.values():
            yield from (each for each in spans.values() if each.state == "pending" and each.end is not None)

    # -- changes

    def put(self, span: Span) -> None:
        """Note a stretch in place of the one of its stream and start."""
        self._spans.setdefault(span.stream, {})[span.start] = span
        self._changed[span.key] = span

    def take_changes(self) -> dict[Key, Span | None]:
        """What changed since the last call; `None` for a stretch that is gone."""
        changed, self._changed = self._changed, {}
        return changed

    def give_back(self, changes: dict[Key, Span | None]) -> None:
        """Changes could not be written; newer ones of the same stretches stand."""
        self._changed = changes | self._changed

    def _end(self, span: Span, end: int) -> Span:
        """Let a stretch end; one without length is gone."""
        ended = replace(span, end=max(end, span.start))
        if ended.end == ended.start:
            del self._spans[span.stream][span.start]
            self._changed[span.key] = None
        else:
            self.put(ended)
        return ended
