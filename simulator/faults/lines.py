"""Faults of the line: it breaks, is refused, stays silent; the gateway moves, or goes away and comes back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from market.clock import Clock
from market.times import SECOND
from simulator.faults.fault import Fault, Seconds, clients, connections, tell, tell_ok
from simulator.gateway.farms import FARMS
from simulator.gateway.server import Gateway


def hang_up(gateway: Gateway, client: int | None = None) -> None:
    """End the sessions of all clients, or of one, whether they have a socket or not."""
    sessions, lines = clients(gateway, client), connections(gateway, client)
    for session in sessions:
        session.close()
    for line in lines:
        line.close()


class Cut(Fault, frozen=True):
    """The line of all clients breaks, or that of one."""

    client: int | None = None
    momentary = True

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        hang_up(gateway, self.client)
        yield


class Refused(Fault, frozen=True):
    """New connections are refused; the present ones stay."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.suspend_listening()
        yield
        gateway.resume_listening()


class Silent(Fault, frozen=True):
    """New connections are accepted and get no answer to their handshake, as with a dialog open in TWS."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.services.trouble.no_handshake += 1
        yield
        gateway.services.trouble.no_handshake -= 1


class HalfOpen(Fault, frozen=True):
    """The present sockets stay, yet nothing is read from them or sent, not even an end; then they break."""

    client: int | None = None

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        dead = connections(gateway, self.client)
        for line in dead:
            line.detour = _Nowhere()
            line.transport.pause_reading()
        yield
        for line in dead:
            line.session.close()
            line.transport.abort()


class _Nowhere:
    """Where the bytes of a dead line go."""

    def send(self, data: bytes) -> None:
        """Forget them."""


class PortChanged(Fault, frozen=True):
    """1300: the gateway listens on another port from now on (0: any free one), and drops everybody."""

    port: int = 0
    momentary = True

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.suspend_listening()
        gateway.resume_listening(self.port)
        tell(
            gateway,
            1300,
            "TWS socket port has been reset and this connection is being dropped. "
            f"Please reconnect on the new port - {gateway.port}",
        )
        hang_up(gateway)
        yield


class Restart(Fault, frozen=True):
    """All are cut, the port is refused for `down`, then the farms take `farms` to come.

    Afterwards the gateway may speak another `server_version`, and may have forgotten the order ids used.
    """

    down: Seconds = 5.0
    farms: Seconds = 10.0
    server_version: int | None = None
    reset_order_ids: bool = False

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        self._change(gateway)
        hang_up(gateway)
        with ExitStack() as stages:
            # What has not happened by itself when the fault ends happens then, the last entered first.
            back = self._farms_away(gateway)
            stages.callback(_in_time(gateway.services.clock, self.down + self.farms, back))
            gateway.suspend_listening()
            listen = gateway.resume_listening
            stages.callback(_in_time(gateway.services.clock, self.down, listen))
            yield

    def _change(self, gateway: Gateway) -> None:
        services = gateway.services
        if self.server_version is not None:
            services.options = msgspec.structs.replace(services.options, server_version=self.server_version)
        if self.reset_order_ids:
            services.orders.forget_ids()

    def _farms_away(self, gateway: Gateway) -> Callable[[], None]:
        farms = gateway.services.farms
        for farm in FARMS:
            farms.take_down(farm, "connecting")

        def back() -> None:
            for farm in FARMS:
                farms.bring_up(farm, "connecting")
                tell_ok(gateway, farm)

        return back


def _in_time(clock: Clock, after: float, action: Callable[[], None]) -> Callable[[], None]:
    """Do it after so many seconds; the answer does it at once, unless it has happened."""
    waiting = [action]

    def act() -> None:
        timer.cancel()
        for each in waiting[:]:
            waiting.clear()
            each()

    timer = clock.call_at(clock.now() + int(after * SECOND), act)
    return act
