from collections.abc import Sequence

import pytest

from ib_api.probe import HistoryProbe, tick_type_of
from market.bar_size import BarSize
from market.errors import NoPermission
from market.events import Tick, TickType, Trade
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import OfInstrument, WantedBars, WantedDepth, WantedTicks
from tests.ib_api.answering import AAPL, NOW


class FakeHistory:
    """One trade at `traded`."""

    def __init__(self, traded: int | None = None) -> None:
        self.traded = traded
        self.asked: list[tuple[str, TickType, int, int]] = []

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        self.asked.append((instrument.symbol, tick_type, start, count))
        there = self.traded is not None and self.traded >= start
        return [Trade(1, "SMART", self.traded or 0, NOW, 100.0, 1.0)] if there else []


WANTED = WantedTicks(instrument=AAPL)


@pytest.mark.parametrize(
    ("traded", "newer"),
    [
        (None, False),
        (NOW - 60 * SECOND, False),
        (NOW - 58 * SECOND, False),
        (NOW - 57 * SECOND, True),
        (NOW - 3 * SECOND, True),
        # It may be on its way.
        (NOW - 2 * SECOND, False),
    ],
)
async def test_only_a_tick_that_should_have_come_is_proof(traded: int | None, newer: bool) -> None:
    history = FakeHistory(traded)
    assert await HistoryProbe(history)(WANTED, NOW - 60 * SECOND, NOW) is newer
    assert history.asked == [("AAPL", "Last", NOW - 57 * SECOND, 1)]


async def test_a_sampled_stream_is_not_accused_for_a_single_tick() -> None:
    probe = HistoryProbe(FakeHistory(NOW - 30 * SECOND))
    assert await probe(WANTED, NOW - 60 * SECOND, NOW, 2) is False


async def test_what_ib_refuses_to_say_is_no_proof_and_no_acquittal() -> None:
    class Refuses:
        async def ticks(
            self, instrument: Instrument, tick_type: TickType, start: int, count: int
        ) -> Sequence[Tick]:
            raise NoPermission("no market data permissions")

    assert await HistoryProbe(Refuses())(WANTED, NOW - 60 * SECOND, NOW) is None


@pytest.mark.parametrize(
    ("wanted", "tick_type"),
    [
        (WantedTicks(instrument=AAPL, tick_type="AllLast"), "AllLast"),
        (WantedTicks(instrument=AAPL, tick_type="BidAsk"), "BidAsk"),
        (WantedBars(instrument=AAPL, size=BarSize.parse("5s")), "Last"),
        (WantedBars(instrument=AAPL, size=BarSize.parse("1m"), what="MIDPOINT"), "MidPoint"),
        (WantedBars(instrument=AAPL, size=BarSize.parse("1m"), what="BID"), "BidAsk"),
        (WantedDepth(instrument=AAPL), "BidAsk"),
    ],
)
def test_each_stream_is_compared_with_the_ticks_that_it_is_made_of(
    wanted: OfInstrument, tick_type: TickType
) -> None:
    assert tick_type_of(wanted) == tick_type
