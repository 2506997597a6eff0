import pytest

from ib_api.conditions import COMPETING, FARM_GRACE, NO_CONNECTION, NO_LINE, PARTIAL_GRACE, Conditions
from ib_api.farms import Farms
from market.clock import DrivenClock


class World:
    """Conditions on a driven clock, and what is heard of farms."""

    def __init__(self) -> None:
        self.clock = DrivenClock()
        self.farms = Farms()
        self.changes = 0
        self.conditions = Conditions(lambda: self.farms, self.clock, self.changed)

    def changed(self) -> None:
        self.changes += 1

    def hears(self, code: int, farm: str) -> None:
        self.farms.note(code, f"connection is somehow:{farm}")
        self.conditions.farm_news()


@pytest.fixture
def world() -> World:
    world = World()
    world.conditions.connects()
    return world


def test_nothing_is_asked_for_without_a_connection() -> None:
    conditions = World().conditions
    assert conditions.obstacle("none") == conditions.obstacle("market_data") == NO_CONNECTION
    assert conditions.settled


def test_what_needs_no_farm_is_asked_for_at_once(world: World) -> None:
    assert world.conditions.obstacle("none") == ""
    assert "waiting for IB's market data farm" in world.conditions.obstacle("market_data")


def test_where_nothing_is_heard_of_farms_data_is_asked_for_after_a_grace(world: World) -> None:
    world.clock.advance(FARM_GRACE)
    assert world.conditions.obstacle("market_data") == world.conditions.obstacle("history") == ""
    assert world.changes == 1


def test_farms_that_are_connecting_are_waited_for_however_long_it_takes(world: World) -> None:
    world.hears(2119, "usfarm")
    world.clock.advance(100 * PARTIAL_GRACE)
    assert world.conditions.obstacle("market_data").endswith("market data farm: usfarm")
    assert "history" in world.conditions.obstacle("history")
    world.hears(2104, "usfarm")
    assert world.conditions.obstacle("market_data") == ""


def test_farms_that_work_wait_a_little_for_those_that_do_not(world: World) -> None:
    world.hears(2104, "usfarm")
    world.hears(2103, "eufarm")
    assert world.conditions.obstacle("market_data").endswith("eufarm")
    world.clock.advance(PARTIAL_GRACE)
    assert world.conditions.obstacle("market_data") == ""
    assert world.conditions.broken("market_data").endswith("eufarm")


def test_a_lost_line_to_ib_stops_everything_a_competing_session_live_data_only(world: World) -> None:
    world.hears(2104, "usfarm")
    world.hears(2106, "ushmds")
    world.conditions.paused = True
    obstacle = world.conditions.obstacle
    assert (obstacle("market_data"), obstacle("history"), obstacle("none")) == (COMPETING, "", "")
    world.conditions.degraded = True
    assert {obstacle("market_data"), obstacle("history"), obstacle("none")} == {NO_LINE}
