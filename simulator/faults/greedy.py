"""A second program on the login, which uses half of what all share."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice

from market.times import SECOND
from simulator.faults.fault import Fault
from simulator.gateway.server import Gateway
from simulator.gateway.session import Session
from simulator.model.api import Listing
from simulator.wire.framing import frame
from simulator.wire.handshake import PREFIX

_KEPT_BARS = 25  # half of the 50 historical requests that may be open
_SMALL_BARS = 30  # half of the 60 requests for small bars in ten minutes


class GreedyClient(Fault, frozen=True):
    """Another client holds half of the lines, of the tick-by-tick streams and of the historical budget.

    It is a session like any other, without a socket, and needs some seconds to ask for it all.
    """

    client: int = 31

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        services = gateway.services
        session = Session(services, _ignore, _nothing, f"greedy client {self.client}")
        session.receive(PREFIX + frame(b"v100..200") + _request(71, 2, self.client, ""))
        now = services.clock.now()
        timers = [
            services.clock.call_at(now + after, partial(session.receive, data))
            for after, data in _timetable(gateway)
        ]
        yield
        for timer in timers:
            timer.cancel()
        session.close()


def _timetable(gateway: Gateway) -> Iterator[tuple[int, bytes]]:
    """When it asks for what: within the rate of messages, history twice a second."""
    lines = gateway.services.options.lines
    live = [each for each in gateway.services.universe.listings if each.entitlement == "live"]
    at_once = [*_live(live, lines), *_kept_bars(live)]
    every = SECOND // max(1, lines // 2 - lines // 10)
    for n, data in enumerate(at_once):
        yield n * every, data
    for n, data in enumerate(_small_bars(live)):
        yield len(at_once) * every + n * SECOND // 2, data


def _live(live: list[Listing], lines: int) -> Iterator[bytes]:
    for n, listing in enumerate(islice(cycle(live), lines // 2)):
        yield _request(1, 11, 1_000 + n, *_contract(listing), 0, "", 0, 0, "")
    streamed = [each for each in live if each.tick_by_tick]
    for n, listing in enumerate(streamed[: max(5, lines // 20) // 2]):
        yield _request(97, 2_000 + n, *_contract(listing), "BidAsk", 0, 0)


def _kept_bars(live: list[Listing]) -> Iterator[bytes]:
    for n, listing in enumerate(islice(cycle(live), _KEPT_BARS)):
        bars = ("1 min", "600 S", 0, "MIDPOINT", 1, 1, "")
        yield _request(20, 3_000 + n, *_contract(listing), 0, "", *bars)


def _small_bars(live: list[Listing]) -> Iterator[bytes]:
    for n, listing in enumerate(islice(cycle(live), _SMALL_BARS)):
        bars = ("30 secs", f"{600 + n} S", 0, "MIDPOINT", 1, 0, "")
        yield _request(20, 4_000 + n, *_contract(listing), 0, "", *bars)


def _contract(listing: Listing) -> tuple[object, ...]:
    it = listing.instrument
    return (it.contract_id, "", "", "", "0.0", "", "", it.exchange, "", "", "", "")


def _request(*fields: object) -> bytes:
    return frame("".join(f"{each}\0" for each in fields).encode())


def _ignore(data: bytes) -> None:
    """It does not care for what it gets."""


def _nothing() -> None:
    """It has no socket to close."""
