"""The connection to TWS or IB Gateway: the official `EClient` with a transport of its own."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ib_api._ibapi import (
    DEFAULT_MAX_VERSION,
    LIBRARY_MAX_VERSION,
    PROTOBUF_VERSION,
    Contract,
    EClient,
    make_frame,
)
from ib_api.dispatch import ColdDecoder, Dispatch, LocalErrors, user_override
from ib_api.errors import NotConnected
from ib_api.gate import ReadyGate
from ib_api.handshake import MIN_SERVER_VERSION, Handshake, ServerHello
from ib_api.hot import HotDecoder
from ib_api.ib_callbacks import IBCallbacks
from ib_api.scheduling import Scheduler
from ib_api.session import LumpDecoder, Session, hung_up, open_socket, shake_hands, silent
from ib_api.wire_log import WireLog
from ib_api.zones import gateway_zone
from market.clock import RealClock
from market.errors import BadRequest


class IBConnector(EClient):
    """Every request of `EClient`, over a connection that is made, read, written and ended by us.

    `callbacks` is an `IBCallbacks` or any `EWrapper`. One reader thread brings everything; requests may be
    made on any thread, and raise when they cannot be sent; `scheduler` keeps them to IB's pace. Request ids
    of `callbacks.registry` are never used twice, however often the connection is made anew.

    >>> IBConnector(IBCallbacks()).isConnected()
    False
    """

    def __init__(
        self,
        callbacks: object,
        *,
        max_server_version: int | None = None,
        scheduler: Scheduler | None = None,
        wire_log: WireLog | None = None,
    ) -> None:
        self.callbacks = callbacks if isinstance(callbacks, IBCallbacks) else IBCallbacks()
        self.max_server_version = _checked_version(max_server_version)
        self.wire_log = wire_log
        self.scheduler = scheduler or Scheduler(RealClock())
        self.callbacks.absorb = self.scheduler.absorb
        self._user = callbacks
        self._connecting = threading.Lock()
        self._session: Session | None = None
        super().__init__(LocalErrors(callbacks))

    def connect(
        self,
        host: str = "127.0.0.1",
        port: int = 7497,
        client_id: int = 1,
        timeout: float = 10.0,
        **eclient: int,
    ) -> None:
        """Connect and come back when requests can be made: TWS has told an order id and the accounts.

        `clientId=` is taken as well. Raise a `ConnectionFailed` (see `ib_api.errors`) after at most `timeout`
        seconds: nothing listens, nobody answers, another product answers, the client id is in use.
        """
        client_id = eclient.pop("clientId", client_id)
        if eclient:
            raise BadRequest(f"connect() does not know {', '.join(eclient)}")
        with self._connecting:
            if self.isConnected():
                raise BadRequest("there is a connection already; disconnect() first")
            if self._session is not None:
                self._session.join()
            deadline = time.monotonic() + timeout
            line = open_socket(host or "127.0.0.1", port, timeout)
            try:
                options = (
                    getattr(self, "connectOptions", None) or getattr(self, "connectionOptions", None) or ""
                )
                hello = shake_hands(line, Handshake(self.max_server_version, options), deadline)
            except BaseException:
                line.close()
                raise
            self.host, self.port, self.clientId = host, port, client_id
            self._become_ready(self._begin(line, hello), deadline)

    def start(self) -> None:
        """Start the reader thread. `connect` has done so, since it must hear that TWS is ready."""
        if not self.isConnected():
            raise NotConnected("there is no connection to read from; call connect() first")

    def run(self) -> None:
        """Come back when the connection ends; for programs written for `EClient`."""
        session = self._session
        if session is not None:
            try:
                session.wait()
            finally:
                self.disconnect()

    def disconnect(self) -> None:
        """End the connection, from any thread, also in a callback; harmless when there is none.

        No callback comes afterwards; in a callback: after that callback. `connectionClosed` is called once.
        """
        session = self._session
        if session is not None:
            session.stop()

    def isConnected(self) -> bool:
        """Whether requests can be sent."""
        session = self._session
        return session is not None and session.alive

    def sendMsg(self, *parts: Any) -> None:
        """Send the text message that a request of `EClient` has built."""
        self._send(make_frame(parts, raw_ids=self._raw_ids))

    def sendMsgProtoBuf(self, message_id: int, body: bytes) -> None:
        """Send the binary message that a request of `EClient` has built."""
        payload = message_id.to_bytes(4, "big") + body
        self._send(len(payload).to_bytes(4, "big") + payload)

    def reqMarketData(
        self, request_id: int, contract: Contract, generic_ticks: str = "", snapshot: bool = False
    ) -> None:
        """`reqMktData` under its full name, without the regulatory snapshot that costs money."""
        self.reqMktData(request_id, contract, generic_ticks, snapshot, False, [])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()

    @property
    def _raw_ids(self) -> bool:
        return (self.serverVersion_ or 0) >= PROTOBUF_VERSION

    def _send(self, data: bytes) -> None:
        session = self._session
        if session is None:
            raise NotConnected("there is no connection to TWS; call connect() first")
        self.scheduler.message()
        if self.wire_log is not None:
            self.wire_log.sent(data, self._raw_ids)
        session.send(data)
        # Not exact when threads send at once, and not worth a lock.
        self.callbacks.messages_sent += 1

    def _begin(self, line: Any, hello: ServerHello) -> Session:
        router = self.callbacks
        self.serverVersion_, self.connTime = hello.version, hello.connection_time.encode()
        dispatch = Dispatch(router, self._user)
        cold = ColdDecoder(dispatch, router, hello.version, self._raw_ids)
        self.decoder = cold.decoder
        overridden: Callable[[str], Any] = lambda name: user_override(self._user, name)  # noqa: E731
        hot = HotDecoder(router, overridden, cold.decode, hello.version, self._raw_ids)
        decoder: LumpDecoder = hot
        if self.wire_log is not None:
            self.wire_log.note(f"connected to {self.host}:{self.port}, server version {hello.version}")
            decoder = self.wire_log.tap(hot, self._raw_ids)
        session = Session(
            line, hello.rest, decoder, lambda ended, reason: self._ended(ended, dispatch, reason)
        )
        router.begin(ReadyGate(), gateway_zone(hello.connection_time))
        router.registry.reader = session.thread
        router.reading = True
        self._session = session
        session.start()
        return session

    def _become_ready(self, session: Session, deadline: float) -> None:
        router = self.callbacks
        try:
            self.startApi()
            if not router.gate.wait(max(0.0, deadline - time.monotonic())):
                raise silent()
        except NotConnected:
            session.stop()
            router.gate.wait(0)
            raise hung_up() from None
        except BaseException:
            session.stop()
            raise

    def _ended(self, session: Session, dispatch: Dispatch, reason: str) -> None:
        """The reader thread's last act; `connectionClosed` may connect anew, so it comes last."""
        router = self.callbacks
        router.gate.fail(hung_up())
        router.end_reason = reason
        if self.wire_log is not None:
            self.wire_log.note(reason)
        self.serverVersion_ = None
        router.registry.end_all(NotConnected(f"{reason}; connect again"))
        dispatch.connectionClosed()
        if self._session is session:
            router.flush()
            self._session = None
            router.reading = False


def _checked_version(version: int | None) -> int:
    if version is None:
        return DEFAULT_MAX_VERSION
    if not MIN_SERVER_VERSION <= version <= LIBRARY_MAX_VERSION:
        raise BadRequest(
            f"max_server_version {version} is outside {MIN_SERVER_VERSION} to {LIBRARY_MAX_VERSION}, "
            "what the installed ibapi can read"
        )
    return version
