"""A connection that is recorded, and that cannot trade."""

from typing import Any

from cli.certification.tape import Tape, TapedSocket
from ib_api.framing import PREFIX_BYTES
from ib_api.handshake import ServerHello
from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector
from ib_api.session import Session
from market.errors import BadRequest

_TRADING = {b"3": "placeOrder", b"4": "cancelOrder", b"21": "exerciseOptions", b"58": "reqGlobalCancel"}


class TapedConnector(IBConnector):
    """Our own connector with every message on `tape`; one that could trade raises `BadRequest` instead.

    It speaks the text protocol only, which is what the tape can read.
    """

    def __init__(self, tape: Tape) -> None:
        super().__init__(IBCallbacks())
        self.tape = tape

    def _send(self, data: bytes) -> None:
        kind = data[PREFIX_BYTES:].partition(b"\0")[0]
        if kind in _TRADING:
            raise BadRequest(f"a certification only asks and listens: {_TRADING[kind]} is not sent")
        super()._send(data)

    def _begin(self, line: Any, hello: ServerHello) -> Session:
        self.tape.greeted(hello.version, hello.connection_time)
        if hello.rest:
            self.tape.received(hello.rest)
        return super()._begin(TapedSocket(line, self.tape), hello)
