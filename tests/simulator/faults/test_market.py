from collections.abc import Sequence

import pytest

from market.bar_size import BarSize
from market.clock import DrivenClock
from market.times import DAY, SECOND
from simulator import faults
from simulator.model.api import BarData
from simulator.model.troubled import Entitlement, Halt, TroubledModel
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.faults.stage import Stage, demonstrates, errors, kinds
from tests.simulator.gateway.raw_client import AAPL, ES, Fields, RawClient

CONTRACT = 265598


def history(client: RawClient, size: str = "1 min", duration: str = "300 S") -> list[Fields]:
    """The bars of AAPL: time, open, high, low, close, volume, average, count."""
    client.take()
    bars = client.ask(20, 90, *AAPL, 0, "", size, duration, 0, "TRADES", 2, 0, "")[0]
    return [bars[at : at + 8] for at in range(3, len(bars) - 1, 8)]


@demonstrates("stalled")
async def test_a_stalled_contract_has_history_while_its_market_is_open() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.stalled(stage.gateway, "AAPL"):
        assert CONTRACT in stage.gateway.services.trouble.stalled
        client.wait(60)
        assert int(history(client)[-1][0]) == FRIDAY_NOON // SECOND
    assert CONTRACT not in stage.gateway.services.trouble.stalled


async def test_a_stalled_contract_s_streams_are_silent_and_the_others_are_not() -> None:
    stage = Stage()
    client = stage.client()
    for request_id, contract in ((7, AAPL), (8, ES)):
        client.ask(97, request_id, *contract, "BidAsk", 0, 0)
    client.ask(1, 11, 9, *AAPL, 0, "", 0, 0, "")
    client.ask(50, 3, 10, *AAPL, 5, "TRADES", 0, "")
    async with faults.stalled(stage.gateway, "AAPL"):
        assert {fields[1] for fields in client.wait(20)} == {"8"}
    assert {"1", "99", "50"} <= kinds(client.wait(20))


@demonstrates("halted")
async def test_history_has_nothing_of_what_a_halt_kept_from_trading() -> None:
    stage = Stage()
    client = stage.client()
    client.wait(60)
    async with faults.halted(stage.gateway, "AAPL"):
        client.wait(150)
        assert CONTRACT in stage.gateway.services.trouble.halted
    client.wait(90)
    begun = [(int(bar[0]) - FRIDAY_NOON // SECOND, int(bar[7])) for bar in history(client)]
    assert begun == [(0, 4), (180, 3), (240, 4)]


async def test_a_line_says_when_its_contract_is_halted_and_when_it_trades_again() -> None:
    stage = Stage()
    client = stage.client()
    client.ask(1, 11, 7, *AAPL, 0, "", 0, 0, "")
    client.wait(10)
    async with faults.halted(stage.gateway, "AAPL"):
        assert client.take() == [["45", "6", "7", "49", "1"]]
        assert client.wait(60) == []
    assert ["45", "6", "7", "49", "0"] in client.take()
    assert "1" in kinds(client.wait(20))


HALT = Halt(FRIDAY_NOON + 7 * SECOND, FRIDAY_NOON + 3_000 * SECOND)
MIDNIGHT = FRIDAY_NOON - 17 * 3_600 * SECOND


def served(size: str, what: str) -> tuple[Sequence[BarData], Sequence[BarData], TroubledModel]:
    """Friday's bars at the bell without and with the halt, and the market that has it."""
    clock = DrivenClock(FRIDAY_NOON + 4 * 3_600 * SECOND)
    model = TroubledModel(FakeModel(), clock)

    def bars() -> Sequence[BarData]:
        return model.bars(
            CONTRACT, BarSize.parse(size), what, "rth", MIDNIGHT, MIDNIGHT + DAY, now=clock.now()
        )

    whole = bars()
    model.troubles(CONTRACT).halts.append(HALT)
    return whole, bars(), model


@pytest.mark.parametrize("size", ["30 secs", "1 min", "5 mins", "1 hour", "1 day"])
def test_the_bars_of_a_halted_market_hold_what_traded_and_nothing_else(size: str) -> None:
    whole, halted, model = served(size, "TRADES")
    start, end = FRIDAY_NOON - 9_000 * SECOND, FRIDAY_NOON + 4 * 3_600 * SECOND
    left = [tick for tick in model.trades(CONTRACT, start, end) if tick.last]
    assert sum(bar.volume for bar in halted) == sum(tick.size for tick in left)
    assert sum(bar.count for bar in halted) == len(left) == sum(bar.count for bar in whole) - 225
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in halted)


@pytest.mark.parametrize("what", ["MIDPOINT", "BID", "BID_ASK"])
def test_quotes_stand_still_while_a_market_is_halted(what: str) -> None:
    whole, halted, _ = served("5 mins", what)
    assert [bar.start for bar in whole] == [bar.start for bar in halted]
    during = [bar for bar in halted if HALT.start < bar.start < FRIDAY_NOON + 2_700 * SECOND]
    assert len({(bar.high, bar.low) for bar in during}) == 1
    assert [bar for bar in halted if bar.start < FRIDAY_NOON] == [
        bar for bar in whole if bar.start < FRIDAY_NOON
    ]


@demonstrates("bars_late")
async def test_late_bars_are_missing_from_history_at_first() -> None:
    stage = Stage()
    client = stage.client()
    client.wait(65)
    async with faults.bars_late(stage.gateway, "AAPL", by=10):
        late = history(client)
    assert history(client)[:-1] == late
    assert len(late[0]) == 8


async def test_a_late_five_second_bar_comes_whole_once_its_time_has_come() -> None:
    stage, other = Stage(), Stage()
    client, prompt = stage.client(), other.client()
    for each in (client, prompt):
        each.ask(50, 3, 10, *AAPL, 5, "TRADES", 0, "")
    async with faults.bars_late(stage.gateway, "AAPL", by=10):
        assert client.wait(14) == []
        assert client.wait(25) == prompt.wait(29)


@demonstrates("bars_revised")
async def test_revised_bars_differ_from_what_was_served_before() -> None:
    stage = Stage()
    client = stage.client()
    client.wait(60)
    before = history(client)
    async with faults.bars_revised(stage.gateway, "AAPL", volume=2, move=0.5):
        client.wait(60)
        after = history(client)
    assert float(after[-3][5]) == 2 * float(before[-2][5])
    assert float(after[-3][4]) == pytest.approx(float(before[-2][4]) + 0.5)
    assert all(float(bar[3]) <= float(bar[4]) <= float(bar[2]) for bar in after)
    client.wait(60)
    assert history(client)[-4] == before[-2]


@demonstrates("stock_split")
async def test_a_split_adjusts_the_history_asked_after_it() -> None:
    stage = Stage()
    client = stage.client()
    client.wait(60)
    before = {bar[0]: bar for bar in history(client)[:-1]}
    client.wait(20)
    async with faults.stock_split(stage.gateway, "AAPL", ratio=4):
        after = {bar[0]: bar for bar in history(client)}
        both = [(before[time], after[time]) for time in before if time in after]
        assert len(both) == 3
        for old, new in both:
            assert [4 * float(price) for price in new[1:5]] == [float(price) for price in old[1:5]]
            assert (float(new[5]), new[7]) == (4 * float(old[5]), old[7])
        ticks = client.ask(96, 91, *AAPL, 0, "", "20260109-17:00:00", 1, "TRADES", 0, 0, "")[0]
        assert 145 / 4 < float(ticks[5]) < 155 / 4


@demonstrates("unentitled")
@pytest.mark.parametrize(
    ("has", "kind", "code"), [("delayed", 1, 10089), ("delayed", 3, 10167), ("none", 1, 354)]
)
async def test_what_is_asked_without_permission_gets_its_code(has: Entitlement, kind: int, code: int) -> None:
    stage = Stage()
    client = stage.client()
    client.ask(59, 1, kind)
    async with faults.unentitled(stage.gateway, "AAPL", has):
        assert errors(client.ask(1, 11, 7, *AAPL, 0, "", 0, 0, ""))[0] == (7, code)
        assert errors(client.ask(97, 8, *AAPL, "Last", 0, 0)) == [(8, 10189)]
        assert errors(client.ask(1, 11, 9, *ES, 0, "", 0, 0, "")) == []
    assert errors(client.ask(97, 8, *AAPL, "Last", 0, 0)) == []
