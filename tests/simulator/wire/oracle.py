"""IB's own decoder, asked what it makes of a message."""

import logging
from typing import Any

from ibapi.decoder import Decoder
from ibapi.wrapper import EWrapper

Call = tuple[str, tuple[Any, ...]]


class _Wrapper(EWrapper):  # type: ignore[misc]  # ibapi has no types
    def __init__(self) -> None:
        self.calls: list[Call] = []


def _recorder(name: str) -> Any:
    return lambda self, *args: self.calls.append((name, args))


for _name in vars(EWrapper):
    if not _name.startswith("_") and _name != "logAnswer":
        setattr(_Wrapper, _name, _recorder(_name))


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


def decode(version: int, *frames: bytes) -> list[Call]:
    """The callbacks that `frames` lead to. Fields that the decoder does not read are a failure."""
    wrapper = _Wrapper()
    decoder = Decoder(wrapper, version)
    for each in frames:
        message_id, *fields = each[4:].split(b"\0")[:-1]
        handler = Decoder.msgId2handleInfo[int(message_id)]
        if handler.wrapperMeth is not None:
            decoder.interpret(fields, int(message_id))
        else:
            rest = _Iterator(fields)
            handler.processMeth(decoder, rest)
            assert not rest.left, f"message {int(message_id)}: {rest.left} is left over"
    return wrapper.calls


# The decoder formats every field for a log that nobody reads.
logging.getLogger("ibapi").setLevel(logging.WARNING)
