from collections.abc import Callable

from market.clock import Timer
from market.times import SECOND
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.gateway.watch import Watch
from simulator.model.api import Listing
from tests.simulator.account.trades import AMZN, fill
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel


class LateClock:
    """Keeps the last timer and runs it as late as the test likes."""

    def __init__(self) -> None:
        self.time = FRIDAY_NOON
        self.due = 0
        self._callback: Callable[[], None] = lambda: None

    def now(self) -> int:
        return self.time

    def monotonic(self) -> int:
        return self.time

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        self.due, self._callback = when, callback
        return self

    def cancel(self) -> None:
        self._callback = lambda: None

    def run(self, time: int) -> None:
        self.time = time
        self._callback()


def test_intervals_that_were_missed_are_not_made_up_for() -> None:
    clock, told = LateClock(), list[list[Listing]]()
    Watch(Services(FakeModel(), clock, GatewayOptions()), told.append, every=SECOND)
    assert clock.due == FRIDAY_NOON + SECOND
    clock.run(FRIDAY_NOON + 5 * SECOND + 1)
    assert told == [[]]
    assert clock.due == FRIDAY_NOON + 6 * SECOND


def test_what_changed_is_told_after_the_booking_and_once() -> None:
    clock, told = LateClock(), list[list[Listing]]()
    services = Services(FakeModel(), clock, GatewayOptions())
    Watch(services, told.append)
    services.ledger.book(fill(AMZN, 5, "150"))
    services.ledger.book(fill(AMZN, 5, "150"))
    assert (told, clock.due) == ([], FRIDAY_NOON)
    clock.run(FRIDAY_NOON)
    assert told == [[AMZN]]


def test_what_is_cancelled_tells_nothing_more() -> None:
    clock, told = LateClock(), list[list[Listing]]()
    services = Services(FakeModel(), clock, GatewayOptions())
    ended = Watch(services, told.append, every=SECOND)
    services.ledger.book(fill(AMZN, 5, "150"))
    ended.cancel()
    services.ledger.book(fill(AMZN, 5, "150"))
    clock.run(FRIDAY_NOON + SECOND)
    assert told == []
