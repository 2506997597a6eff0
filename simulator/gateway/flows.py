"""What streams to clients, contract by contract, and the troubles that silence it.

A `Flow` is the one place that decides whether a stream may speak: nothing comes of a stalled contract, nor of
a halted one. Whoever changes `Services.trouble` calls `Flows.refresh`, so that running flows tell it at once.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from simulator.stream import Stream, Timed

if TYPE_CHECKING:
    from simulator.gateway.session import Session

T = TypeVar("T", bound=Timed)
X = TypeVar("X")


class Running(Protocol):
    """Whatever goes on until cancelled."""

    def cancel(self) -> None: ...


class Flow:
    """What one request streams of one contract, until cancelled.

    A delayed flow heeds no halt: what it shows lies before it.
    """

    def __init__(
        self, session: "Session", request_id: int, contract_id: int, *, delayed: bool = False
    ) -> None:
        self.session = session
        self.request_id = request_id
        self.contract_id = contract_id
        self._delayed = delayed
        self._trouble = session.services.trouble
        self._running: list[Running] = []
        self._was_silent = False

    @property
    def halted(self) -> bool:
        return not self._delayed and self.contract_id in self._trouble.halted

    @property
    def silent(self) -> bool:
        return self.contract_id in self._trouble.stalled or self.halted

    def guard(self, emit: Callable[[X], None]) -> Callable[[X], None]:
        """`emit`, but for what comes in a silent time."""

        def guarded(item: X) -> None:
            if self.silent:
                self._was_silent = True
                self.refresh()
                return
            if self._was_silent:
                self._was_silent = False
                self.refresh()
                self.resume()
            emit(item)

        return guarded

    def hold(self, running: Running) -> Self:
        """Cancel `running` when this flow ends or pauses; from now on it is told of troubles."""
        self.session.services.flows.add(self)
        self._running.append(running)
        return self

    def stream(
        self,
        fetch: Callable[[int, int], Sequence[T]],
        emit: Callable[[T], None],
        *,
        start: int,
        delay: int = 0,
    ) -> Self:
        """Let the guarded `emit` have the items of `fetch` at their time."""
        clock = self.session.services.clock
        return self.hold(Stream(clock, fetch, self.guard(emit), start=start, delay=delay))

    def cancel(self) -> None:
        """Emit nothing more."""
        self.pause()
        self.session.services.flows.remove(self)

    def pause(self) -> None:
        """End what streams; more may follow."""
        for each in self._running:
            each.cancel()
        self._running.clear()

    # -- what a kind of flow may do more

    def refresh(self) -> None:
        """Tell the client of a trouble that began or ended, where IB does."""

    def resume(self) -> None:
        """Make up for what a silence hid; called before the next item is emitted."""

    def reset(self) -> None:
        """Send the whole again, where IB does."""

    def bust(self) -> None:
        """A trade behind what was sent is void: end, where IB does."""


class Flows:
    """All running flows of a gateway, in the order in which they began."""

    def __init__(self) -> None:
        self._running: dict[Flow, None] = {}

    def add(self, flow: Flow) -> None:
        self._running[flow] = None

    def remove(self, flow: Flow) -> None:
        self._running.pop(flow, None)

    def of(self, session: "Session") -> list[Flow]:
        """Those of one client."""
        return [each for each in self._running if each.session is session]

    def refresh(self) -> None:
        """`Services.trouble` has changed: whoever has to say so does it now."""
        for each in tuple(self._running):
            each.refresh()

    def reset_depth(self, contract_id: int) -> None:
        """Reset the books of a contract: error 317, then every row as an insert."""
        for each in self._about(contract_id):
            each.reset()

    def bust(self, contract_id: int) -> None:
        """End the 5-second bars of a contract with error 10225."""
        for each in self._about(contract_id):
            each.bust()

    def _about(self, contract_id: int) -> list[Flow]:
        return [each for each in self._running if each.contract_id == contract_id]
