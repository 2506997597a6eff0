"""One client's connection, without its socket: bytes in, bytes out, time from a clock."""

import logging
from collections.abc import Callable
from typing import Protocol

from market.clock import Timer
from market.errors import BadRequest
from simulator.gateway import outages, refusals
from simulator.gateway.dates import connection_time
from simulator.gateway.handlers import ROUTES
from simulator.gateway.pacing import MessageRate
from simulator.gateway.services import Services
from simulator.gateway.tick_pacing import TickPacing
from simulator.refused import Refused
from simulator.wire import messages
from simulator.wire.asks import Ask
from simulator.wire.errors import MalformedRequest, ProtocolError
from simulator.wire.fields import FieldReader
from simulator.wire.framing import FrameBuffer
from simulator.wire.handshake import hello_reply, negotiate, read_hello
from simulator.wire.requests import NO_ID, Request

log = logging.getLogger("truetick.simulator")

MILLISECOND = 1_000_000


class Running(Protocol):
    """A subscription that goes on until cancelled."""

    def cancel(self) -> None: ...


class Session:
    """Feed it with `receive`; it answers through `write` and hangs up through `hang_up`.

    `name` is how the log calls the peer. `version` is 0 until the handshake is done, `client_id` None until
    the client has started the API.
    """

    def __init__(
        self,
        services: Services,
        write: Callable[[bytes], None],
        hang_up: Callable[[], None],
        name: str = "a client",
    ) -> None:
        self.services = services
        self.name = name
        self.version = 0
        self.client_id: int | None = None
        self.data_type = 1
        self.tick_pacing = TickPacing()
        self._write = write
        self._hang_up = hang_up
        self._buffer = FrameBuffer()
        self._rate = MessageRate(services.options.messages_per_second)
        self._running: dict[tuple[str, int], Running] = {}
        self._asked: Request | None = None
        self._open = True
        self._paced = False
        self._pause: Timer | None = None

    # -- what comes in

    def receive(self, data: bytes) -> None:
        """Take bytes from the client and answer every request that is complete."""
        self._buffer.feed(data)
        try:
            if self.version or self._shake_hands():
                self._serve_frames()
        except ProtocolError as problem:
            log.warning("%s is disconnected: %s", self.name, problem)
            self.close()

    def _shake_hands(self) -> bool:
        client = None if self.services.trouble.no_handshake else read_hello(self._buffer)
        if client is None:
            return False
        self.version = negotiate(client.versions, self.services.options.server_version)
        self._paced = client.paced
        log.debug("%s speaks v%d..%d", self.name, *client.versions)
        self.send(hello_reply(self.version, connection_time(self.reported)))
        return True

    def _serve_frames(self) -> None:
        while self._open and not self._must_wait() and (payload := self._buffer.frame()) is not None:
            if self._rate.admits(self.now):
                self._serve(payload)
            else:
                self._refuse_haste()

    def _must_wait(self) -> bool:
        """Whether what comes stays in the buffer: TWS queues what is too fast for clients that ask it to."""
        if not self._paced or (due := self._rate.admits_at(self.now)) <= self.now:
            return False
        if len(self._buffer) > self.services.options.write_limit:
            raise ProtocolError("more waits to be served than the gateway keeps; send less")
        if self._pause is None:
            self._pause = self.services.clock.call_at(due, self._resume)
        return True

    def _resume(self) -> None:
        self._pause = None
        self.receive(b"")

    def _refuse_haste(self) -> None:
        if self.services.journal is not None:
            self.services.journal.asked(self, NO_ID)
            self.services.journal.refused(100, self._rate.text)
        self.error(NO_ID, 100, self._rate.text)
        if self._rate.exhausted:
            log.warning("%s is disconnected: it kept sending too many messages per second", self.name)
            self.close()

    def _serve(self, payload: bytes) -> None:
        reader = FieldReader(payload, self.version)
        request_id = NO_ID
        self._asked = None
        try:
            ask = reader.integer("message id")
            route = ROUTES.get(ask)
            if route is None:
                raise refusals.not_simulated(f"Message {ask}")
            if (self.client_id is None) != (ask == Ask.START_API):
                raise refusals.invalid("a session begins with one startApi")
            request = route.read(reader)
            request_id = request.request_id
            self._asked = request
            if self.services.journal is not None:
                self.services.journal.asked(self, ask, request)
            if outages.admits(self.services, ask, request):
                route.serve(self, request)
            else:
                log.info("%s gets no answer to request %d: its farm is down", self.name, request_id)
        except MalformedRequest as problem:
            self._refuse(request_id, 320, f"Error reading request. {problem}")
        except Refused as refusal:
            self._refuse(request_id, refusal.code, str(refusal))
        except BadRequest as problem:
            self._refuse(request_id, 321, f"Error validating request.-'bN' : cause - {problem}")

    def _refuse(self, request_id: int, code: int, text: str) -> None:
        log.info("%s is refused: %d %s", self.name, code, text)
        if self.services.journal is not None:
            if self._asked is None:
                self.services.journal.asked(self, NO_ID)
            self.services.journal.refused(code, text)
        self.error(request_id, code, text)

    # -- what goes out

    @property
    def now(self) -> int:
        """The gateway's time, UTC nanoseconds."""
        return self.services.clock.now()

    @property
    def reported(self) -> int:
        """What the gateway says the time is."""
        return self.now + self.services.trouble.clock_skew

    def send(self, *frames: bytes) -> None:
        """Send framed messages, unless the session is closed."""
        if self._open:
            for each in frames:
                self._write(each)
            if self.services.journal is not None:
                self.services.journal.sent(self, frames)

    def error(self, request_id: int, code: int, text: str) -> None:
        """Send an error or a notice."""
        self.send(messages.error(self.version, request_id, code, text, self.reported // MILLISECOND))

    # -- what goes on

    def subscriptions(self, *kinds: str) -> list[tuple[str, int]]:
        """The kinds and ids of the subscriptions of these kinds."""
        return [(kind, request_id) for kind, request_id in self._running if kind in kinds]

    def run(self, kind: str, request_id: int, start: Callable[[], Running]) -> None:
        """Begin a subscription within its quota; refuse an id in use for the same kind."""
        if (kind, request_id) in self._running:
            raise refusals.duplicate()
        self.services.quotas.take(kind)
        journal = self.services.journal
        if journal is not None and self._asked is not None:
            journal.started(self, kind, self._asked)
        try:
            self._running[kind, request_id] = start()
        except BaseException:
            self.services.quotas.give_back(kind)
            if journal is not None:
                journal.withdrawn(self, kind, request_id)
            raise

    def running(self, kind: str, request_id: int) -> Running | None:
        """The subscription of that kind and id, if it goes on."""
        return self._running.get((kind, request_id))

    def stop(self, kind: str, request_id: int) -> bool:
        """End a subscription; tell whether there was one."""
        running = self._running.pop((kind, request_id), None)
        if running is None:
            return False
        running.cancel()
        self.services.quotas.give_back(kind)
        if self.services.journal is not None:
            self.services.journal.stopped(self, kind, request_id)
        return True

    def close(self) -> None:
        """Hang up and end everything that runs; calling it twice is harmless."""
        if not self._open:
            return
        self._open = False
        if self._pause is not None:
            self._pause.cancel()
        for kind, request_id in list(self._running):
            self.stop(kind, request_id)
        if self.client_id is not None:
            del self.services.clients[self.client_id]
        self._hang_up()
