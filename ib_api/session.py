"""One connection from handshake to end: socket, reader thread, decoder; a new connection is a new one."""

import contextlib
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ib_api.errors import HandshakeBroken, NotConnected, PortRefused, SilentGateway
from ib_api.framing import FrameBuffer
from ib_api.handshake import Handshake, ServerHello
from market.errors import ConnectionFailed

log = logging.getLogger("ib_api.session")

ON_REQUEST = "disconnected on request"
"""The reason of an end that was ours."""

_JOIN_SECONDS = 5.0
_SEND_SECONDS = 10
_KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds of silence before the system asks, seconds between its questions, how many; macOS has a name of its
own for the first. A host that is gone is noticed within half a minute, also while our event loop is busy."""
_HANDSHAKE_BYTES = 1 << 16


def open_socket(host: str, port: int, timeout: float) -> socket.socket:
    """Connect within `timeout` seconds; raise `PortRefused` or `SilentGateway`."""
    try:
        line = socket.create_connection((host, port), timeout)
    except TimeoutError:
        raise SilentGateway(
            f"{host}:{port} does not answer within {timeout:g} s; check host and firewall"
        ) from None
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PortRefused(
            f"nothing answers on {host}:{port} ({reason}); start TWS or IB Gateway, tick Enable ActiveX and "
            "Socket Clients in its API settings, and check the port (paper: TWS 7497, Gateway 4002)"
        ) from None
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _keep_alive(line)
    # Receiving blocks for as long as IB is silent; sending to a peer that no longer reads must not.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", _SEND_SECONDS, 0))
    return line


def _keep_alive(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def shake_hands(line: socket.socket, handshake: Handshake, deadline: float) -> ServerHello:
    """Speak the first words before `deadline` (`time.monotonic`); raise a `ConnectionFailed` of ours."""
    try:
        line.sendall(handshake.opening)
        while True:
            line.settimeout(max(0.001, deadline - time.monotonic()))
            data = line.recv(_HANDSHAKE_BYTES)
            if not data:
                raise hung_up()
            hello = handshake.feed(data)
            if hello is not None:
                line.settimeout(None)
                return hello
    except TimeoutError:
        raise silent() from None
    except ConnectionFailed:
        # Also an `OSError`, and already says it all.
        raise
    except OSError as error:
        raise hung_up() from error


def silent() -> SilentGateway:
    """The error of a peer that accepts and keeps quiet."""
    return SilentGateway(
        "the port is open but nobody answers in time; look for a dialog in TWS that waits for a click, "
        "or restart TWS"
    )


def hung_up() -> HandshakeBroken:
    """The error of a peer that closes too early."""
    return HandshakeBroken(
        "the connection was closed before it was ready; check Trusted IPs and the limit of 32 clients in TWS"
    )


class LumpDecoder(Protocol):
    """Who reads what arrives; see `ib_api.hot.HotDecoder`."""

    stopped: bool

    def feed(self, lump: bytes) -> int:
        """Use the whole messages at the front of `lump`; answer how many bytes they take."""
        ...


class Session:
    """A running connection: `decoder` gets what arrives, `ended` the reason of the end, once.

    Both run on the reader thread. After `stop` returns neither will run again, unless `stop` is called on the
    reader thread itself, where it takes effect after the message being read.
    """

    def __init__(
        self, line: socket.socket, rest: bytes, decoder: LumpDecoder, ended: Callable[["Session", str], None]
    ) -> None:
        self.thread = threading.Thread(target=self._read, name="ib-reader", daemon=True)
        self._line = line
        self._rest = rest
        self._decoder = decoder
        self._ended = ended
        self._sending = threading.Lock()
        self._over = threading.Event()

    def start(self) -> None:
        """Start reading."""
        self.thread.start()

    @property
    def alive(self) -> bool:
        """Whether messages can be sent."""
        return not (self._decoder.stopped or self._over.is_set())

    def send(self, data: bytes) -> None:
        """Send all of it or raise `NotConnected`; messages of several threads are never mixed."""
        with self._sending:
            if not self.alive:
                raise NotConnected("the connection to TWS has ended; connect again")
            try:
                self._line.sendall(data)
            except OSError as error:
                self._shut()
                raise NotConnected(
                    f"the connection to TWS broke while sending ({error}); connect again"
                ) from error

    def stop(self) -> None:
        """End it, from any thread; harmless when it has ended."""
        self._decoder.stopped = True
        self._shut()
        self.join()

    def join(self) -> None:
        """Wait until nothing of it runs any more; at once on the reader thread."""
        if threading.current_thread() is not self.thread:
            # Stopped before it was started it ends as soon as it is.
            with contextlib.suppress(RuntimeError):
                self.thread.join(_JOIN_SECONDS)
            if self.thread.is_alive():
                log.warning("a callback keeps the reader thread busy; it ends when that returns")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end."""
        return self._over.wait(timeout)

    def _shut(self) -> None:
        # Wakes up the reader, which closes the socket when nobody uses it any more.
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        reason = "TWS closed the connection"
        try:
            self._loop()
        except OSError as error:
            reason = f"the connection to TWS broke ({error})"
        except BaseException:
            reason = "the reader thread failed; its traceback is in the log"
            log.exception("the reader thread failed")
        finally:
            if self._decoder.stopped:
                reason = ON_REQUEST
            self._over.set()
            with self._sending:
                self._line.close()
            self._ended(self, reason)

    def _loop(self) -> None:
        buffer, receive = FrameBuffer(), self._line.recv_into
        if self._rest:
            buffer.space()[: len(self._rest)] = self._rest
            self._use(buffer, len(self._rest))
        while not self._decoder.stopped:
            count = receive(buffer.space())
            if not count:
                return
            self._use(buffer, count)

    def _use(self, buffer: FrameBuffer, count: int) -> None:
        lump = buffer.filled(count)
        if lump:
            buffer.consumed(self._decoder.feed(lump))
