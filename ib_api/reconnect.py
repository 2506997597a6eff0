"""Making the line anew until it is there: slower and slower, never in step with others, never giving up."""

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import Literal, NamedTuple

from ib_api.errors import ClientIdInUse
from ib_api.ib_connector import IBConnector
from market.clock import Clock, sleep
from market.errors import BadRequest, ConnectionFailed, TruetickError

log = logging.getLogger("ib_api.reconnect")

FIRST_DELAY = 0.25
LONGEST_DELAY = 10.0
"""Seconds between attempts: short enough to be there before the farms are."""

WhenInUse = Literal["wait", "next"]
"""What to do when our client id is in use: wait until TWS lets go of it, or take the next one."""


class Address(NamedTuple):
    """Where to connect, as whom, and how many seconds one attempt may take."""

    host: str
    port: int
    client_id: int
    timeout: float


class Policy(NamedTuple):
    """How to go on after failures; `attempts` is 0 for no limit."""

    attempts: int = 0
    when_in_use: WhenInUse = "wait"


async def connect(connector: IBConnector, address: Address) -> None:
    """Connect on a thread of its own; one whose caller gave up is ended as soon as it is there."""
    attempt = asyncio.ensure_future(asyncio.to_thread(connector.connect, *address))
    try:
        await asyncio.shield(attempt)
    except asyncio.CancelledError:
        attempt.add_done_callback(lambda done: _undo(connector, done))
        raise


class Reconnector:
    """Knows where TWS was last; `check` may refuse the one that answers by raising a `TruetickError`."""

    def __init__(
        self,
        connector: IBConnector,
        address: Address,
        policy: Policy,
        clock: Clock,
        check: Callable[[], None],
    ) -> None:
        self._connector = connector
        self._address = address
        self._policy = policy
        self._clock = clock
        self._check = check
        self._ports = [address.port]
        # Jitter keeps programs that lost the same line from coming back all at once; it is no secret.
        self._random = Random()  # noqa: S311

    def moved(self, port: int) -> None:
        """TWS said that it listens on another port now; the one we were told first stays a way back."""
        self._ports = list(dict.fromkeys([port, self._address.port]))

    async def run(self, tell: Callable[[str], None]) -> None:
        """Come back connected; `tell` hears of each failure. Raise the last one once there were too many."""
        failures = 0
        while True:
            await sleep(self._clock, self._delay(failures))
            try:
                await self._attempt(self._ports[failures % len(self._ports)])
            except TruetickError as error:
                failures += 1
                log.info("attempt %d to connect failed: %s", failures, error)
                if failures == self._policy.attempts:
                    raise
                tell(f"attempt {failures} failed: {error}")
            else:
                self._connector.scheduler.reconnected()
                return

    async def _attempt(self, port: int) -> None:
        address = self._address._replace(port=port)
        try:
            await connect(self._connector, address)
        except ClientIdInUse:
            if self._policy.when_in_use == "next":
                self._address = self._address._replace(client_id=address.client_id + 1)
            raise
        if not self._connector.isConnected():
            raise ConnectionFailed("the connection ended as soon as it was made")
        try:
            self._check()
        except BadRequest:
            await asyncio.to_thread(self._connector.disconnect)
            raise

    def _delay(self, failures: int) -> float:
        longest = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures, 10))
        return longest * (self._random.uniform(0.5, 1.0) if failures else self._random.uniform(0.0, 0.5))


def _undo(connector: IBConnector, attempt: "asyncio.Future[None]") -> None:
    """A connection whose opener was cancelled: end it when it is there."""
    if not attempt.cancelled() and attempt.exception() is None:
        connector.disconnect()
