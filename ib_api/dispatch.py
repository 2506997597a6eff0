"""Between the official library and ours: what its decoder calls, and what its client reports."""

import sys
from collections.abc import Callable
from typing import Any

from ib_api._ibapi import PROTOBUF_OFFSET, Decoder, EWrapper, interpret
from ib_api.errors import NotConnected
from ib_api.ib_callbacks import IBCallbacks
from market.errors import RequestRejected, TruetickError

_NOT_CONNECTED = 504

_ANSWERS = frozenset(b"10 11 17 18 52 55 63 64 79 88 96 97 98 106 108".split())
"""Message ids of the answers that carry the id of their request."""

_FIELD_1 = b"\x08"
"""How protobuf begins a message whose first field is a whole number."""


def user_override(user: object, name: str) -> Callable[..., Any] | None:
    """The user's own method of that name: neither IB's default nor ours."""
    method = getattr(user, name, None)
    function = getattr(method, "__func__", method)
    ours, default = getattr(IBCallbacks, name, None), getattr(EWrapper, name, None)
    return None if function in (None, ours, default) else method


class Dispatch:
    """The wrapper of the official decoder: a message goes to our routing, then to the user's override.

    An override that raises is reported; the connection lives on.
    """

    def __init__(self, router: IBCallbacks, user: object) -> None:
        self.calls = 0
        self._router = router
        self._user = user

    # The official decoder looks callbacks up by name; their arguments differ by name and generation.
    def __getattr__(self, name: str) -> Callable[..., None]:
        ours = getattr(getattr(IBCallbacks, name, None), "__wrapped__", None)
        theirs = user_override(self._user, name)

        def call(*args: Any) -> None:
            self.calls += 1
            if ours is not None:
                ours(self._router, *args)
            if theirs is None:
                return
            try:
                theirs(*args)
            except Exception:
                self._router.callback_failed(name)

        setattr(self, name, call)
        return call


class ColdDecoder:
    """The official decoder with a guard: what it cannot read is reported, and nothing is dropped silently."""

    def __init__(self, dispatch: Dispatch, router: IBCallbacks, server_version: int, raw_ids: bool) -> None:
        self._dispatch = dispatch
        self._router = router
        self._raw_ids = raw_ids
        self.decoder = Decoder(dispatch, server_version)

    def decode(self, payload: bytes) -> None:
        """Decode one message."""
        before = self._dispatch.calls
        try:
            _, due = interpret(self.decoder, payload, self._raw_ids)
            if due and self._dispatch.calls == before:
                raise ValueError("its number of fields is wrong")
        except Exception as error:
            asked = next(filter(self._router.registry.find, _ids(payload, self._raw_ids)), -1)
            self._router.undecodable(payload, error, asked)


def _ids(payload: bytes, raw_ids: bool) -> list[int]:
    """The numbers of an answer that may be its request's id; empty for what is no answer.

    The id is the first field behind that of the message, or the second where a version precedes it; of a
    binary message always its field 1, written first.
    """
    number = int.from_bytes(payload[:4], "big") if raw_ids else 0
    if number > PROTOBUF_OFFSET:
        is_answer = b"%d" % (number - PROTOBUF_OFFSET) in _ANSWERS
        return [_varint(payload[5:])] if is_answer and payload[4:5] == _FIELD_1 else []
    text = b"%d\0%b" % (number, payload[4:]) if raw_ids else payload
    kind, *fields = text.split(b"\0", 3)[:3]
    return [int(field) for field in fields if field.isdigit()] if kind in _ANSWERS else []


def _varint(data: bytes) -> int:
    """Protobuf's number at the front: seven bits a byte, the lowest first, the last without its top bit."""
    value = 0
    for place, byte in enumerate(data[:10]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    return value


class LocalErrors:
    """The wrapper that `EClient` sees: it reports failures to send through ``error``; we raise them."""

    def __init__(self, callbacks: object) -> None:
        self._callbacks = callbacks

    # Whatever else `EClient` or a user looks up on the wrapper is the callbacks' own.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._callbacks, name)

    def error(self, request_id: int, *args: Any) -> None:
        """Raise what the library would have put into a callback on the caller's own thread."""
        cause = sys.exc_info()[1]
        if isinstance(cause, TruetickError):
            raise cause
        code, text = (args[1], args[2]) if len(args) > 2 and isinstance(args[1], int) else (args[0], args[1])
        if code == _NOT_CONNECTED:
            raise NotConnected("there is no connection to TWS; call connect() first")
        raise RequestRejected(
            f"the request was not sent: {text}", code=code, request_id=request_id
        ) from cause
