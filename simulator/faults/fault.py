"""What a fault is, and how one is put on a gateway and taken off again."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Annotated, Concatenate, Literal, ParamSpec

import msgspec

from market.errors import BadRequest
from simulator.gateway.farms import Farm, ok
from simulator.gateway.server import Connection, Gateway, GatewayThread
from simulator.gateway.session import Session
from simulator.gateway.trouble import Incident
from simulator.wire.requests import NO_ID

P = ParamSpec("P")

Seconds = Annotated[float, msgspec.Meta(ge=0, description="seconds")]
"""A length of time in seconds; in scripts also ``200ms``, ``20s``, ``5m``, ``1h`` or ``00:00:20``."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong; its fields say how. Its first docstring line is its help.

    `on` is entered when it begins and left when it ends. One that is `momentary` has nothing to end.
    """

    momentary = False

    def on(self, gateway: Gateway) -> AbstractContextManager[None]:
        """Be wrong while the context lasts; on the gateway's own thread."""
        raise NotImplementedError

    @classmethod
    def name(cls) -> str:
        """How scripts call it: ``HalfOpen`` is ``half_open``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def help(cls) -> str:
        return (cls.__doc__ or "").partition("\n")[0]


def checked(kind: type[Fault], arguments: Mapping[str, object]) -> Fault:
    """A fault of these arguments, whose numbers may be texts; raise `BadRequest` for what makes no sense."""
    try:
        return msgspec.convert(arguments, kind, strict=False)
    except msgspec.ValidationError as problem:
        raise BadRequest(f"{kind.name()!r}: {problem}") from None


class Running:
    """A fault that is on; the gateway's incidents tell of its begin and of its end."""

    def __init__(self, gateway: Gateway, fault: Fault) -> None:
        self._gateway = gateway
        self.fault = fault
        # A fault that was made in Python has not been checked yet.
        checked(type(fault), msgspec.to_builtins(fault))
        self._context = fault.on(gateway)
        self._context.__enter__()
        self.ended = fault.momentary
        self._record("begin")
        if self.ended:
            self._context.__exit__(None, None, None)

    def end(self) -> None:
        """Heal it; calling it twice is harmless."""
        if not self.ended:
            self.ended = True
            self._context.__exit__(None, None, None)
            self._record("end")

    def _record(self, phase: Literal["begin", "end"]) -> None:
        services = self._gateway.services
        arguments = msgspec.to_builtins(self.fault)
        services.incidents.append(Incident(services.clock.now(), self.fault.name(), phase, arguments))
        services.trouble.changed()


def manager(
    kind: Callable[P, Fault],
) -> Callable[Concatenate[Gateway | GatewayThread, P], AbstractAsyncContextManager[Fault, bool | None]]:
    """Make the form for tests: ``async with stalled(gateway, "AAPL"): ...``."""

    @asynccontextmanager
    async def during(
        gateway: Gateway | GatewayThread, /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[Fault]:
        with applied(gateway, kind(*args, **kwargs)) as fault:
            yield fault

    return during


@contextmanager
def applied(gateway: Gateway | GatewayThread, fault: Fault) -> Iterator[Fault]:
    """A fault while the block lasts, for code without an event loop."""
    if isinstance(gateway, Gateway):
        running = Running(gateway, fault)
        try:
            yield fault
        finally:
            running.end()
        return
    thread = gateway
    running = thread.call(lambda: Running(thread.gateway, fault))
    try:
        yield fault
    finally:
        thread.call(running.end)


# -- what faults have in common


def contract(gateway: Gateway, symbol: str) -> int:
    """The contract id of a symbol, of ``SYMBOL@EXCHANGE``, or of a number; raise `BadRequest`."""
    name, _, venue = symbol.partition("@")
    found = [
        it.contract_id
        for listing in gateway.services.universe.listings
        for it in [listing.instrument]
        if name in (it.symbol, it.local_symbol, str(it.contract_id))
        and (not venue or venue in (it.exchange, it.primary_exchange))
    ]
    if not found:
        raise BadRequest(f"the simulated market has no contract {symbol!r}; see its listings")
    return found[0]


def contracts(gateway: Gateway) -> list[int]:
    """Every contract's id."""
    return [listing.instrument.contract_id for listing in gateway.services.universe.listings]


def clients(gateway: Gateway, client: int | None = None) -> list[Session]:
    """The sessions that have started, or the one of a client id; raise `BadRequest` when it is not there."""
    sessions = gateway.services.clients
    if client is None:
        return list(sessions.values())
    if client not in sessions:
        raise BadRequest(f"no client {client} is connected; connected are: {sorted(sessions) or 'none'}")
    return [sessions[client]]


def connections(gateway: Gateway, client: int | None = None) -> list[Connection]:
    """The connections of all clients, those in their handshake too, or that of a client id."""
    if client is None:
        return list(gateway.connections)
    (session,) = clients(gateway, client)
    return [each for each in gateway.connections if each.session is session]


def tell_ok(gateway: Gateway, farm: Farm) -> None:
    """Send 2104, 2106 or 2158 to every client, unless something else holds the farm down."""
    if gateway.services.farms.works(farm.name):
        tell(gateway, *ok(farm))


def tell(gateway: Gateway, code: int, text: str) -> None:
    """Send a notice to every client."""
    for session in clients(gateway):
        session.error(NO_ID, code, text)
