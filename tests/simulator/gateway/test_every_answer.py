"""Whatever is asked, in whatever market: IB's own decoder has nothing to complain about."""

from functools import lru_cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.source import Feed
from market.times import SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.model import Entitlement, generated
from simulator.model.api import MarketModel
from simulator.wire.versions import OLDEST
from tests.peers.scripts.asks import ASKS, HISTORY, Ask
from tests.peers.scripts.calls import contracts
from tests.simulator.gateway.encoders import encoders, used_encoders
from tests.simulator.gateway.official_session import OfficialSession
from tests.simulator.wire.oracle import NEWEST

pytestmark = pytest.mark.timeout(120)
CONTRACTS = contracts()
LENGTH = 25
Steps = list[tuple[Ask, str, float]]


class World(NamedTuple):
    """Which market, and what the account may see of it."""

    feed: Feed
    entitlement: Entitlement | None
    always_open: bool


@lru_cache
def market(world: World) -> MarketModel:
    """A market; its calendars are worth reading once."""
    return generated(3, world.feed, world.always_open, world.entitlement)


def session(world: World, version: int, start: int) -> OfficialSession:
    """A gateway without limits, and a client."""
    clock = DrivenClock(start)
    options = GatewayOptions(feed=world.feed, lenient=True)
    return OfficialSession(Services(market(world), clock, options), clock, version)


worlds = st.builds(
    World,
    st.sampled_from(("tws", "consistent")),
    st.sampled_from((None, None, "delayed", "none")),
    st.booleans(),
)
moments = st.integers(parse("2025-12-15") // SECOND, parse("2027-03-01") // SECOND).map(lambda s: s * SECOND)
# Asks in any order, each of the contract that has an answer or of any other.
steps = st.permutations(ASKS).flatmap(
    lambda asks: st.tuples(
        *(
            st.tuples(
                st.just(ask),
                st.sampled_from((ask.of, *sorted(CONTRACTS))),
                st.sampled_from((0, 0.3, 6)),
            )
            for ask in asks[:LENGTH]
        )
    )
)


@pytest.mark.parametrize("version", range(OLDEST, NEWEST + 1))
@settings(max_examples=3, deadline=None)
@given(worlds, moments, steps)
def test_every_answer_is_understood(version: int, world: World, start: int, steps: Steps) -> None:
    client = session(world, version, start)
    for ask, name, seconds in steps:
        client.ask(ask, CONTRACTS[name])
        client.wait(seconds)
    assert not client.closed


@pytest.mark.modern
def test_nothing_the_wire_can_say_goes_unsaid() -> None:
    with used_encoders() as used:
        client = session(World("tws", None, always_open=True), 200, parse("2026-06-10T15:00"))
        for ask in ASKS:
            client.ask(ask, CONTRACTS[ask.of])
            client.wait(5 if ask in HISTORY else 1)
    assert used == encoders()
