"""Ids of events: what a client sends back to go on where it was."""

import re

import msgspec

_TEXT = re.compile(
    r"(?P<epoch>[0-9A-Za-z]{1,32})-(?P<timed>t?)(?P<n>\d{1,18}|[0-8]\d{18})"
    r"(~(?P<skip>\d{1,12}(\.\d{1,12}){0,99}))?(?P<end>-end)?"
)


class EventId(msgspec.Struct, frozen=True, order=True):
    """All up to number `n` of the process's life `epoch` has come, to one stream and to several alike.

    While what the ring no longer has comes out of the store, `skip` says how many of each topic came after
    `n` (which is a time, UTC nanoseconds, when `timed`), so that a resume may be broken off and resumed.
    `end`: the stream was complete, there is nothing to go on with.

    >>> EventId.parse("a1-17-end")
    EventId(epoch='a1', n=17, end=True, skip=(), timed=False)
    >>> str(EventId("a1", 17, skip=(3, 0)))
    'a1-17~3.0'
    """

    epoch: str
    n: int
    end: bool = False
    skip: tuple[int, ...] = ()
    timed: bool = False

    def __str__(self) -> str:
        skip = "~" + ".".join(map(str, self.skip)) if self.skip else ""
        return f"{self.epoch}-{'t' * self.timed}{self.n}{skip}{'-end' * self.end}"

    @classmethod
    def parse(cls, text: str) -> "EventId":
        """The id that `text` is; raise `ValueError` for anything that no server of ours has sent."""
        found = _TEXT.fullmatch(text) if text.isascii() else None
        if not found:
            raise ValueError(
                f"{text[:60]!r} is no id of an event; give back the last id that came, e.g. 4f2a-1201"
            )
        skip = tuple(int(count) for count in (found["skip"] or "").split(".") if count)
        return cls(found["epoch"], int(found["n"]), bool(found["end"]), skip, bool(found["timed"]))
