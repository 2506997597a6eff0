"""The bytes of a stream: events as the field's standard has them, and what the hub itself has to say.

Events carry no ``event:`` line, so that a browser's `onmessage` gets them; the object's `type` says what
it is. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Mapping

import msgspec

from ib_stream.hub.ids import EventId
from market import times

HEARTBEAT = b": hb\n\n"
# Proxies must neither keep it, nor pack it, nor hold it back (the last is nginx's word).
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)

About = Mapping[str, object]


def event(body: bytes, id: EventId | str | None = None) -> bytes:
    """`body`, one line of JSON, as an event; without an `id` the client keeps the one it has.

    >>> event(b"{}", "a1-7")
    b'id: a1-7\\ndata: {}\\n\\n'
    """
    return b"data: %b\n\n" % body if id is None else b"id: %b\ndata: %b\n\n" % (str(id).encode(), body)


def with_id(frame: bytes, id: EventId) -> bytes:
    """An event that has no id, with one."""
    return b"id: %b\n%b" % (str(id).encode(), frame)


def without_id(frame: bytes) -> bytes:
    """An event made by `event` less its id."""
    return frame[frame.index(b"data: ") :]


def preamble(retry: int, id: EventId | None) -> bytes:
    """What leaves at once: how many milliseconds to wait before a reconnect, and where the stream begins.

    An id without data makes no event, yet a client whose line breaks before the first event sends it back.
    """
    return (b"id: %b\n" % str(id).encode() if id else b"") + b"retry: %d\n: ok\n\n" % retry


def chunk(data: bytes) -> bytes:
    """`data` as HTTP/1.1 sends a part of a body whose length is not known (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def complete(about: About, now: int, reason: str, ticks: int) -> bytes:
    """The last event of a stream that has come to its end."""
    return _json("complete", about, now, {"reason": reason, "total_ticks": ticks})


def farewell(about: About, now: int, message: str) -> bytes:
    """The last event before the server goes; the client is welcome at the next one."""
    return _json("info", about, now, {"code": "server_shutdown", "message": message})


def error(about: About, now: int, code: str, message: str, details: str) -> bytes:
    """An error after the first byte; the end follows."""
    problem = {"code": code, "message": message, "details": details}
    return _json("error", about, now, {"error": problem})


def gap(about: About, now: int, told: About) -> bytes:
    """Something is missing; `told` says how much and between which moments and ids."""
    return _json("gap", about, now, told)


def is_gap(body: bytes) -> bool:
    """Whether `body` says that something is missing; every writer of ours puts the type first."""
    return body.startswith(b'{"type":"gap"')


def moment(time: int | None) -> str | None:
    """UTC nanoseconds as text, to the millisecond."""
    if time is None:
        return None
    return times.to_datetime(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(kind: str, about: About, now: int, fields: About) -> bytes:
    return msgspec.json.encode({"type": kind, **about, "timestamp": moment(now), **fields})
