"""A time frame as clients see it, on a driven clock; what history does to it is proved in a browser."""

import asyncio
from decimal import Decimal

from charting.marks import PriceLine
from ib_stream.feeds.candle_feed import PACE
from market.events import PositionUpdate, Prediction
from market.times import MINUTE, SECOND
from market.wanted import WantedBars, WantedProfit, WantedTicks
from tests.fakes import T0, bar, trade
from tests.ib_stream.feeds.fakes import ID, World


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def shown(world: World) -> list[tuple[int, float, float | None, bool]]:
    """Second since T0, close, volume and finality of what was sent."""
    data = [each["data"] for each in world.hub.of("candle")]
    return [(each["unix_time"] - T0 // SECOND, each["close"], each["volume"], each["final"]) for each in data]


async def test_ticks_that_come_together_make_one_change_of_a_provisional_bar(world: World) -> None:
    with await world.feeds.join([f"candle:{ID}:5m:all"]):
        await settle()
        for n in range(3):
            world.bus.publish(trade(n, 10.0 + n))
        world.clock.advance(PACE)
        assert shown(world) == [(0, 12.0, 3.0, False)]
        world.clock.advance(SECOND)
        assert len(shown(world)) == 1


async def test_ibs_running_bar_has_what_was_before_our_first_tick(world: World) -> None:
    with await world.feeds.join([f"candle:{ID}:1m:all"]):
        await settle()
        world.bus.publish(bar(0, 9.0, final=False, source="live", volume=500.0, received=T0))
        world.bus.publish(trade(3, 10.5))
        world.clock.advance(PACE)
        assert shown(world) == [(0, 10.5, 500.0, False)]


async def test_it_asks_for_bars_of_its_base_and_for_trades(world: World) -> None:
    with await world.feeds.join([f"candle:{ID}:1h:rth"]):
        wanted = [each.wanted for each in world.broker.streams]
    assert [type(each) for each in wanted] == [WantedBars, WantedTicks]
    assert isinstance(wanted[0], WantedBars)
    assert (wanted[0].size.name, wanted[0].hours) == ("1m", "all")


async def test_a_day_is_asked_of_ib_with_its_hours_and_without_trades(world: World) -> None:
    with await world.feeds.join([f"candle:{ID}:1D:rth"]):
        (found,) = [each.wanted for each in world.broker.streams]
    assert isinstance(found, WantedBars)
    assert (found.size.name, found.hours) == ("1D", "rth")


async def test_after_it_is_taken_back_nothing_is_left_at_work(world: World) -> None:
    (await world.feeds.join([f"candle:{ID}:1m:all"])).leave()
    await settle()
    world.clock.advance(MINUTE)
    await settle()
    assert world.feeds.active() == []
    assert [each.lingers for each in world.broker.streams] == [False, False]


async def test_marks_reach_who_listens_and_a_prediction_is_one_of_them(world: World) -> None:
    with await world.feeds.join([f"chart:{ID}"]) as joined:
        assert len(joined.snapshot) == 1
        world.bus.publish(Prediction(ID, "SMART", T0, T0, "1m", 9, 9, 9, 9, None, "m"))
        world.feeds._desk.marks.of(ID).put(PriceLine(id="a", price=1.0))
        kinds = [each["data"]["kind"] for each in world.hub.of("mark")]
        assert kinds == ["forecast", "price_line"]
        assert len(joined.snapshot) == 3


async def test_the_profit_of_what_is_held_is_asked_for_once(world: World) -> None:
    with await world.feeds.join(["account"]):
        for quantity in (0, 5, 6):
            world.bus.publish(PositionUpdate("DU1234567", ID, "AAPL", Decimal(quantity), 9.5, T0))
            await settle()
        wanted = [each.wanted for each in world.broker.streams if isinstance(each.wanted, WantedProfit)]
    assert wanted == [WantedProfit(account="DU1234567"), WantedProfit(account="DU1234567", contract_id=ID)]
