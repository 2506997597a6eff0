"""IB's own decoder, of whichever generation is installed, asked what it makes of a message.

It complains in three ways, and each fails here: fields that it leaves over, an exception, and a line in its
log ("diff len fields and params") after which it drops the message.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache
from typing import Any

from ibapi.decoder import Decoder
from ibapi.wrapper import EWrapper

Call = tuple[str, tuple[Any, ...]]

MODERN = hasattr(Decoder, "processTickPriceMsgProtoBuf")
"""Whether this is the generation that takes the message id apart from the fields."""

NEWEST = 200 if MODERN else 157
"""The last server version whose layouts this decoder knows."""


class Recorder(EWrapper):  # type: ignore[misc]  # ibapi has no types
    """Keeps every callback with its arguments."""

    def __init__(self) -> None:
        self.calls: list[Call] = []


def _recorder(name: str) -> Any:
    return lambda self, *args: self.calls.append((name, args))


for _name in vars(EWrapper):
    if not _name.startswith("_") and _name != "logAnswer":
        setattr(Recorder, _name, _recorder(_name))


class _Iterator:
    """Fields that know how many of them were read."""

    def __init__(self, fields: list[bytes]) -> None:
        self.left = list(fields)

    def __iter__(self) -> "_Iterator":
        return self

    def __next__(self) -> bytes:
        if not self.left:
            raise StopIteration
        return self.left.pop(0)


class _Complaints(logging.Handler):
    """Keeps what a library says."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _no_complaint() -> Iterator[None]:
    log, heard = logging.getLogger("ibapi"), _Complaints()
    log.addHandler(heard)
    try:
        yield
    finally:
        log.removeHandler(heard)
    assert not heard.said, heard.said


@cache
def _decoder(version: int) -> Any:
    """It keeps nothing from one message to the next, and inspects all of `EWrapper` when it is made."""
    return Decoder(Recorder(), version)


def decode(version: int, *frames: bytes) -> list[Call]:
    """The callbacks that `frames` lead to; any complaint of the decoder's is a failure."""
    wrapper, decoder = Recorder(), _decoder(version)
    decoder.wrapper = wrapper
    with _no_complaint():
        for each in frames:
            _interpret(decoder, each[4:].split(b"\0")[:-1])
    return wrapper.calls


def _interpret(decoder: Any, fields: list[bytes]) -> None:
    """As `Decoder.interpret` does, with a count of what is left over."""
    message_id = int(fields[0])
    handler = Decoder.msgId2handleInfo[message_id]
    if MODERN:
        del fields[0]
    if handler.wrapperMeth is not None:
        decoder.interpret(fields, *([message_id] if MODERN else ()))
        return
    rest = _Iterator(fields)
    handler.processMeth(decoder, rest)
    assert not rest.left, f"message {message_id}: {rest.left} is left over"


def plain(value: Any) -> Any:
    """`value` in plain data, so that two answers of the decoder can be compared."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(each) for each in value]
    if isinstance(value, Enum) or not hasattr(value, "__dict__"):
        return value
    return {"": type(value).__name__} | plain(vars(value))


# The decoder formats every field for a log that nobody reads.
logging.getLogger("ibapi").setLevel(logging.WARNING)
