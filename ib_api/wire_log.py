"""What went over the wire, both ways, as text that people can read: for finding out who is wrong.

A line is the UTC time, ``<`` from TWS or ``>`` to TWS, and the fields with ``|`` behind each. Account numbers
are left out; nothing else that IB's protocol carries is secret.

::

    2026-01-09T14:30:00.123456Z > 97|100000001|265598|AAPL|STK||0.0|||SMART||USD|||Last|0|0|
    2026-01-09T14:30:00.125811Z < 15|1|ACCOUNT1|
"""

import logging
import os
import re
from collections.abc import Callable
from io import TextIOWrapper
from itertools import count
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ib_api.framing import frames
from ib_api.session import LumpDecoder
from market.errors import SetupError
from market.times import iso

FILE_BYTES = 50 * 1024 * 1024
OLD_FILES = 3

# Live, paper, adviser and simulated accounts of IB, as whole words.
_ACCOUNT = re.compile(r"\b(?:D?[UFI]\d{4,9}|DUSIM\w+)\b")
_PROTOBUF = 200
_API_PREFIX = b"API\0"


class Redaction:
    """Account numbers by names that say which is which, and the same name for the same account.

    >>> redact = Redaction()
    >>> redact("15|1|DU123456,U7654321|"), redact("6|2|Cash|1000|USD|U7654321|")
    ('15|1|ACCOUNT1,ACCOUNT2|', '6|2|Cash|1000|USD|ACCOUNT2|')
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._numbers = count(1)

    def __call__(self, text: str) -> str:
        """`text` without account numbers."""
        return _ACCOUNT.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        account = found.group()
        if account not in self._names:
            self._names[account] = f"ACCOUNT{next(self._numbers)}"
        return self._names[account]


def readable(payload: bytes, raw_ids: bool, redact: Callable[[str], str] = str) -> str:
    """One message as a line: fields of text, or the id and the bytes of a binary message.

    >>> readable(b"49\\0001\\0", False), readable(bytes([0, 0, 0, 249]) + b"\\x08\\x01", True)
    ('49|1|', '49 protobuf \\\\x08\\\\x01')
    """
    number, body = int.from_bytes(payload[:4], "big"), payload[4:] if raw_ids else payload
    text = body.decode("latin-1")
    if raw_ids and number > _PROTOBUF:
        text = f"{number - _PROTOBUF} protobuf {text}"
    else:
        text = (f"{number}|" if raw_ids else "") + text.replace("\0", "|")
    # Redacted first: an escape in front of an account would hide where it begins.
    return redact(text).encode("unicode_escape").decode("ascii")


class _PrivateFile(RotatingFileHandler):
    """Readable for its owner only, however often it begins anew."""

    def _open(self) -> TextIOWrapper:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, "a", encoding="ascii", opener=private)


class WireLog:
    """A file that rotates at 50 MiB; three old ones are kept. Lines come from any thread.

    Raise `SetupError` when it cannot be written. `now` gives UTC nanoseconds.
    """

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handler = _PrivateFile(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES)
        except OSError as error:
            raise SetupError(f"the wire log {path} cannot be written: {error.strerror}") from error
        self._handler.setFormatter(logging.Formatter("%(message)s"))
        self._redact = Redaction()
        self._now = now

    def sent(self, data: bytes, raw_ids: bool) -> None:
        """What goes to TWS: whole messages."""
        self._write(">", data.removeprefix(_API_PREFIX), raw_ids)

    def received(self, data: bytes, raw_ids: bool) -> None:
        """What came from TWS: whole messages."""
        self._write("<", data, raw_ids)

    def note(self, text: str) -> None:
        """Something that is not a message: a connection begins, or ends and why."""
        self._line("-", self._redact(text))

    def tap(self, decoder: LumpDecoder, raw_ids: bool) -> LumpDecoder:
        """A decoder that does what `decoder` does and writes down what it reads."""
        return _Tap(self, decoder, raw_ids)

    def close(self) -> None:
        """Close the file."""
        self._handler.close()

    def _write(self, sign: str, data: bytes, raw_ids: bool) -> None:
        for payload in frames(data):
            self._line(sign, readable(payload, raw_ids, self._redact))

    def _line(self, sign: str, text: str) -> None:
        self._handler.handle(logging.makeLogRecord({"msg": f"{iso(self._now())} {sign} {text}"}))


class _Tap:
    """In front of a decoder. Without a wire log there is none, so that it costs nothing."""

    def __init__(self, log: WireLog, decoder: LumpDecoder, raw_ids: bool) -> None:
        self._log = log
        self._decoder = decoder
        self._raw_ids = raw_ids

    @property
    def stopped(self) -> bool:
        return self._decoder.stopped

    @stopped.setter
    def stopped(self, value: bool) -> None:
        self._decoder.stopped = value

    def feed(self, lump: bytes) -> int:
        """Write down before it is acted upon, so that a question to it comes after it."""
        self._log.received(lump, self._raw_ids)
        return self._decoder.feed(lump)
