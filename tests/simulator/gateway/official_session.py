"""IB's own client on a session without a socket: its requests go in as bytes, every answer is decoded.

Both generations of the library work; what comes back has to pass the oracle, so no answer may leave the
decoder with anything to complain about.
"""

from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract

from market.clock import DrivenClock
from market.times import SECOND, to_datetime
from simulator.gateway.services import Services
from simulator.gateway.session import Session
from simulator.wire.framing import FrameBuffer, frame
from tests.peers.scripts.asks import Ask, make
from tests.peers.scripts.calls import Asker
from tests.simulator.gateway.raw_client import hello, request
from tests.simulator.wire.oracle import Call, Recorder, decode


class _Connection:
    """What the client takes for its socket."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def isConnected(self) -> bool:  # noqa: N802
        return True

    def sendMsg(self, data: bytes) -> int:  # noqa: N802
        self._session.receive(data)
        return len(data)


class OfficialSession:
    """A started session at `version` over a driven clock, and the client that speaks to it."""

    def __init__(self, services: Services, clock: DrivenClock, version: int, client_id: int = 1) -> None:
        self.clock = clock
        self.version = version
        self.closed = False
        self._buffer = FrameBuffer()
        self._session = Session(services, self._buffer.feed, self._hang_up)
        self._session.receive(hello(version))
        self._buffer.frame()
        self._session.receive(request(71, 2, client_id, ""))
        self._local = Recorder()
        client: Any = EClient(self._local)
        client.conn, client.serverVersion_, client.connState = (
            _Connection(self._session),
            version,
            EClient.CONNECTED,
        )
        now = to_datetime(clock.now()).strftime("%Y%m%d-%H:%M:%S")
        self.asker = Asker(client, services.account, now)
        self.seen = set[int]()

    def _hang_up(self) -> None:
        self.closed = True

    def ask(self, ask: Ask, contract: Contract) -> list[Call]:
        """Make a request, unless the version is too old for it, and decode what comes back at once."""
        if self.version >= ask.since:
            make(self.asker, ask, contract)
            assert not self._local.calls, self._local.calls  # the client itself refused to ask
        return self.take()

    def wait(self, seconds: float) -> list[Call]:
        """Let time pass and decode what came."""
        self.clock.advance(int(seconds * SECOND))
        return self.take()

    def take(self) -> list[Call]:
        """Decode everything that was sent since the last call; `seen` collects the message ids."""
        frames = list(self._buffer.frames())
        self.seen |= {int(each.split(b"\0", 1)[0]) for each in frames}
        return decode(self.version, *map(frame, frames))
