"""A client of bytes: it writes requests as the official library would and splits what comes back."""

from collections.abc import Iterable

from market.clock import Clock, DrivenClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.gateway.session import Session
from simulator.model.api import MarketModel
from simulator.wire.framing import FrameBuffer, frame
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel

Fields = list[str]

AAPL = (265598, "", "", "", "0.0", "", "", "SMART", "", "", "", "")
EURUSD = (12087792, "", "", "", "0.0", "", "", "IDEALPRO", "", "", "", "")
ES = (495512563, "", "", "", "0.0", "", "", "CME", "", "", "", "")
LATE = (4815, "", "", "", "0.0", "", "", "SMART", "", "", "", "")
DARK = (4816, "", "", "", "0.0", "", "", "SMART", "", "", "", "")


def request(*fields: object) -> bytes:
    """A framed request."""
    return frame("".join(f"{int(f) if isinstance(f, bool) else f}\0" for f in fields).encode())


def hello(version: int = 200, options: str = "") -> bytes:
    """The start of a client that speaks up to `version`."""
    return b"API\0" + frame(f"v100..{version} {options}".rstrip().encode())


def split(data: Iterable[bytes]) -> list[Fields]:
    """The fields of every message."""
    buffer = FrameBuffer()
    for piece in data:
        buffer.feed(piece)
    return [payload.decode().split("\0")[:-1] for payload in buffer.frames()]


class RawClient:
    """A session over a driven clock, with the handshake done and the API started."""

    def __init__(
        self,
        version: int = 200,
        options: GatewayOptions | None = None,
        *,
        client_id: int = 1,
        clock: DrivenClock | None = None,
        model: MarketModel | None = None,
        services: Services | None = None,
        start: bool = True,
        hello_options: str = "",
    ) -> None:
        self.clock = clock or DrivenClock(FRIDAY_NOON)
        shared: Clock = self.clock
        self.services = services or Services(model or FakeModel(), shared, options or GatewayOptions())
        self.written: list[bytes] = []
        self.closed = False
        self.session = Session(self.services, self.written.append, self._hang_up)
        self.session.receive(hello(version, hello_options))
        if start:
            self.session.receive(request(71, 2, client_id, ""))
        self.greeting = self.take()

    def _hang_up(self) -> None:
        self.closed = True

    def take(self) -> list[Fields]:
        """Everything received since the last call."""
        taken = split(self.written)
        self.written.clear()
        return taken

    def ask(self, *fields: object) -> list[Fields]:
        """Send a request and give what comes back at once."""
        self.session.receive(request(*fields))
        return self.take()

    def wait(self, seconds: float) -> list[Fields]:
        """Let time pass and give what came."""
        self.clock.advance(int(seconds * 1_000_000_000))
        return self.take()
