import asyncio
from itertools import pairwise

import pytest

from ib_api.errors import ClientIdInUse, PortRefused
from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector
from ib_api.reconnect import LONGEST_DELAY, Address, Policy, Reconnector
from market.clock import DrivenClock
from market.errors import BadRequest
from market.times import SECOND


class Connector(IBConnector):
    """Fails as told, then connects; remembers when it was asked for what."""

    def __init__(self, clock: DrivenClock, failures: list[Exception]) -> None:
        super().__init__(IBCallbacks())
        self.attempts = list[tuple[float, int, int]]()
        self._clock = clock
        self._failures = failures

    def connect(
        self, host: str = "", port: int = 0, client_id: int = 0, timeout: float = 0, **eclient: int
    ) -> None:
        self.attempts.append((self._clock.now() / SECOND, port, client_id))
        if self._failures:
            raise self._failures.pop(0)

    def isConnected(self) -> bool:
        return True


def refused(count: int) -> list[Exception]:
    return [PortRefused("nothing answers") for _ in range(count)]


async def run(
    failures: list[Exception], policy: Policy | None = None, moved: int = 0
) -> tuple[Connector, list[str]]:
    clock, told = DrivenClock(), list[str]()
    connector = Connector(clock, failures)
    address = Address("127.0.0.1", 7497, 5, 1.0)
    reconnector = Reconnector(connector, address, policy or Policy(), clock, lambda: None)
    if moved:
        reconnector.moved(moved)
    running = asyncio.ensure_future(reconnector.run(told.append))
    while not running.done():
        if clock.next_due is not None:
            clock.advance_to(max(clock.now(), clock.next_due))
        await asyncio.sleep(0.001)
    await running
    return connector, told


async def test_attempts_come_slower_and_slower_and_never_stop() -> None:
    connector, told = await run(refused(20))
    times = [at for at, _, _ in connector.attempts]
    pauses = [after - before for before, after in pairwise(times)]
    assert times[0] < 0.13
    assert all(pause <= LONGEST_DELAY for pause in pauses)
    assert all(pause >= LONGEST_DELAY / 2 for pause in pauses[7:])
    assert len(set(pauses)) == len(pauses) == len(told) == 20


async def test_the_last_failure_is_raised_once_the_attempts_are_used_up() -> None:
    with pytest.raises(PortRefused):
        await run(refused(9), Policy(attempts=3))


async def test_a_port_that_tws_named_is_tried_first_and_the_old_one_stays_a_way_back() -> None:
    connector, _ = await run(refused(2), moved=4002)
    assert [port for _, port, _ in connector.attempts] == [4002, 7497, 4002]


@pytest.mark.parametrize(("policy", "ids"), [("wait", [5, 5]), ("next", [5, 6])])
async def test_a_client_id_in_use_is_waited_for_or_left(policy: str, ids: list[int]) -> None:
    connector, _ = await run([ClientIdInUse("326")], Policy(when_in_use=policy))  # type: ignore[arg-type]
    assert [client_id for _, _, client_id in connector.attempts] == ids


async def test_a_gateway_of_another_login_is_left_and_tried_again() -> None:
    clock, told, wrong = DrivenClock(), list[str](), [BadRequest("another login answers now")]
    connector = Connector(clock, [])

    def check() -> None:
        if wrong:
            raise wrong.pop()

    address = Address("127.0.0.1", 7497, 5, 1.0)
    running = asyncio.ensure_future(Reconnector(connector, address, Policy(), clock, check).run(told.append))
    while not running.done():
        clock.advance(SECOND)
        await asyncio.sleep(0.001)
    assert told == ["attempt 1 failed: another login answers now"]
    assert len(connector.attempts) == 2
