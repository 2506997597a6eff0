"""A record of all that goes over a connection, message by message, in both directions."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from ib_api.framing import PREFIX_BYTES, FrameBuffer, frames
from ib_api.registry import FIRST_REQUEST_ID

SESSION = "session"
"""What belongs to no question: the greeting, notices, what comes unasked."""

_ASKED_BY = {
    **dict.fromkeys((6, 7, 8, 54), (6,)),
    **dict.fromkeys((61, 62), (61,)),
    **dict.fromkeys((3, 5, 53), (5, 16)),
    **dict.fromkeys((101, 102), (99,)),
    49: (49,),
    59: (7,),
    109: (105,),
}
"""Answers that name no request, and the requests that bring them: they answer the latest one of these."""

_ERROR, _REFUSED = "4", "321"
"""TWS's read-only setting refuses requests that have no id, and says none: the one just asked is meant."""

_ID_FIELDS = slice(1, 4)
"""A request's id stands right behind the message's number and, in some, its version."""


class Line(msgspec.Struct, frozen=True):
    """A message: seconds since the start, whether we sent it, which question it belongs to, its fields."""

    seconds: float
    sent: bool
    question: str
    fields: tuple[str, ...]

    @property
    def kind(self) -> int:
        """The message's number; -1 where it has none."""
        return int(self.fields[0]) if self.fields and self.fields[0].isdigit() else -1


class Tape:
    """What was said. What is sent is marked with `question`, which the asker sets, and its answers too."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.question = SESSION
        self.lines: list[Line] = []
        self._clock = clock
        self._start = clock()
        self._questions: dict[str, str] = {}
        self._latest: dict[int, str] = {}
        self._incoming = FrameBuffer()
        self._lock = threading.Lock()

    def greeted(self, version: int, connection_time: str) -> None:
        """A connection begins; these are the first words of the other side."""
        self._incoming = FrameBuffer()
        self._add(False, SESSION, ("0", str(version), connection_time))

    def sent(self, data: bytes) -> None:
        """Take note of one message that is sent."""
        for payload in frames(data):
            fields = _fields(payload)
            for text in fields[_ID_FIELDS]:
                if _is_request_id(text):
                    self._questions.setdefault(text, self.question)
            for answers, requests in _ASKED_BY.items():
                if fields[0].isdigit() and int(fields[0]) in requests:
                    self._latest[answers] = self.question
            self._add(True, self.question, fields)

    def received(self, data: bytes) -> None:
        """Take note of bytes as they come, however they are cut."""
        self._incoming.space()[: len(data)] = data
        lump, used = self._incoming.filled(len(data)), 0
        for payload in frames(lump):
            used += PREFIX_BYTES + len(payload)
            fields = _fields(payload)
            self._add(False, self._asked(fields), fields)
        if used:
            self._incoming.consumed(used)

    def _asked(self, fields: tuple[str, ...]) -> str:
        for text in fields[_ID_FIELDS]:
            if text in self._questions:
                return self._questions[text]
        if fields[0] == _ERROR and _REFUSED in fields[:4]:
            return self.question
        return self._latest.get(int(fields[0]), SESSION) if fields[0].isdigit() else SESSION

    def _add(self, sent: bool, question: str, fields: tuple[str, ...]) -> None:
        with self._lock:
            self.lines.append(Line(round(self._clock() - self._start, 3), sent, question, fields))


class TapedSocket:
    """A socket whose traffic goes on a tape; everything else is the socket's own."""

    def __init__(self, line: socket.socket, tape: Tape) -> None:
        self._line = line
        self._tape = tape

    def recv_into(self, space: memoryview) -> int:
        count = self._line.recv_into(space)
        self._tape.received(bytes(space[:count]))
        return count

    def sendall(self, data: bytes) -> None:
        self._tape.sent(data)
        self._line.sendall(data)

    # The attributes of a socket have as many types.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)


def _is_request_id(text: str) -> bool:
    return text.isdigit() and int(text) >= FIRST_REQUEST_ID


def _fields(payload: bytes) -> tuple[str, ...]:
    return tuple(payload.decode("ascii", "backslashreplace").removesuffix("\0").split("\0"))
