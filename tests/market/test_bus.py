import logging

import pytest

from market.bus import EventBus
from market.events import AccountValue, Event, MarketEvent, Midpoint

TICK = Midpoint(1, "SMART", 0, 0, 1.5)


def test_a_handler_of_a_base_gets_every_event_below_it() -> None:
    bus, market, everything = EventBus(), list[Event](), list[Event]()
    bus.subscribe(MarketEvent, market.append)
    bus.subscribe(Event, everything.append)
    bus.publish_all([TICK, AccountValue("DU1", "NetLiquidation", "1", "USD", 0)])
    assert (len(market), len(everything)) == (1, 2)


def test_a_failing_handler_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    bus, seen = EventBus(), list[Event]()

    def fail(event: Event) -> None:
        raise ValueError("user bug")

    bus.subscribe(Midpoint, fail)
    bus.subscribe(Midpoint, seen.append)
    with caplog.at_level(logging.CRITICAL, "truetick.bus"):
        bus.publish(TICK)
    assert (seen, bus.failures) == ([TICK], 1)


def test_a_subscription_made_later_is_served_too() -> None:
    bus, seen = EventBus(), list[Event]()
    bus.publish(TICK)
    bus.subscribe(Midpoint, seen.append)
    bus.publish(TICK)
    assert seen == [TICK]
