"""Whatever is asked, in whatever market: IB's own decoder has nothing to complain about."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.source import Feed
from market.times import SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.model import generated
from simulator.model.api import MarketModel
from simulator.wire.versions import OLDEST
from tests.peers.scripts.asks import ASKS, HISTORY, Ask
from tests.peers.scripts.calls import contracts
from tests.simulator.gateway.encoders import encoders, used_encoders
from tests.simulator.gateway.official_session import OfficialSession
from tests.simulator.wire.oracle import NEWEST

pytestmark = pytest.mark.timeout(120)
CONTRACTS = contracts()
Steps = list[tuple[Ask, str, float]]


@lru_cache
def market(feed: Feed, *, always_open: bool) -> MarketModel:
    """A market; its calendars are worth reading once."""
    return generated(seed=3, feed=feed, always_open=always_open)


def session(version: int, feed: Feed, start: int, *, always_open: bool) -> OfficialSession:
    """A gateway without limits, and a client."""
    clock = DrivenClock(start)
    options = GatewayOptions(feed=feed, lenient=True)
    return OfficialSession(Services(market(feed, always_open=always_open), clock, options), clock, version)


moments = st.integers(parse("2025-12-15") // SECOND, parse("2027-03-01") // SECOND).map(lambda s: s * SECOND)
steps = st.lists(
    st.tuples(st.sampled_from(ASKS), st.sampled_from(sorted(CONTRACTS)), st.sampled_from((0, 0.3, 6))),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(st.integers(OLDEST, NEWEST), st.sampled_from(("consistent", "tws")), moments, st.booleans(), steps)
def test_every_answer_is_understood(
    version: int, feed: Feed, start: int, always_open: bool, steps: Steps
) -> None:
    client = session(version, feed, start, always_open=always_open)
    for ask, name, seconds in steps:
        client.ask(ask, CONTRACTS[name])
        client.wait(seconds)
    assert not client.closed


@pytest.mark.modern
def test_nothing_the_wire_can_say_goes_unsaid() -> None:
    with used_encoders() as used:
        client = session(200, "tws", parse("2026-06-10T15:00"), always_open=True)
        for ask in ASKS:
            client.ask(ask, CONTRACTS[ask.of])
            client.wait(5 if ask in HISTORY else 1)
    assert used == encoders()
