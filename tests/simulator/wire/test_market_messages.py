from decimal import Decimal

import msgspec
import pytest

from simulator.model.api import BarData, QuoteTick, TradeTick
from simulator.wire import market_messages as wire
from simulator.wire.market_messages import TickId
from tests.simulator.wire import whole_ticks
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(157, 201))
TRADE = TradeTick(0, 150.25, 100.5, "ARCA", " O X", past_limit=False, unreported=True)
QUOTE = QuoteTick(0, 150.24, 150.26, 300.0, 200.25)
BAR = BarData(0, 1.0, 4.0, 0.5, 2.0, 1_000.5, 1.75, 12)
NO_TRADES = BarData(0, 1.0, 4.0, 0.5, 2.0, -1.0, -1.0, -1)


def sized(value: str, version: int) -> Decimal:
    """Fractions are cut for clients that cannot read them."""
    return Decimal(value) if version >= 163 else Decimal(int(float(value)))


@each_version
def test_prices_come_with_their_sizes(version: int) -> None:
    price, size = decode(version, wire.tick_price(version, 5, TickId.BID, 150.25, 100.5))
    assert price[1][:3] == (5, 1, 150.25)
    assert price[1][3].canAutoExecute
    assert size == ("tickSize", (5, 0, sized("100.5", version)))


@each_version
def test_other_ticks_of_a_line(version: int) -> None:
    calls = decode(
        version,
        wire.tick_size(version, 5, TickId.VOLUME, 1_000_000.0),
        wire.tick_string(version, 5, TickId.LAST_TIMESTAMP, "1767969000"),
        wire.tick_generic(version, 5, TickId.HALTED, 0.0),
        wire.tick_snapshot_end(version, 5),
        wire.market_data_type(version, 5, 3),
        wire.tick_request_parameters(version, 5, 0.00005, "a60001"),
    )
    assert calls == [
        ("tickSize", (5, 8, Decimal(1_000_000))),
        ("tickString", (5, 45, "1767969000")),
        ("tickGeneric", (5, 49, 0.0)),
        ("tickSnapshotEnd", (5,)),
        ("marketDataType", (5, 3)),
        ("tickReqParams", (5, 0.00005, "a60001", 3)),
    ]


@each_version
def test_tick_by_tick(version: int) -> None:
    last, quote, midpoint = decode(
        version,
        whole_ticks.tick_by_tick_last(version, 5, 2, 1_767_969_000, TRADE),
        whole_ticks.tick_by_tick_quote(version, 6, 1_767_969_001, QUOTE),
        whole_ticks.tick_by_tick_midpoint(version, 7, 1_767_969_002, 150.255),
    )
    assert last[1][:5] == (5, 2, 1_767_969_000, 150.25, sized("100.5", version))
    assert (last[1][5].pastLimit, last[1][5].unreported, *last[1][6:]) == (False, True, "ARCA", " O X")
    assert quote[1][:6] == (6, 1_767_969_001, 150.24, 150.26, 300, sized("200.25", version))
    assert midpoint == ("tickByTickMidPoint", (7, 1_767_969_002, 150.255))


@each_version
def test_historical_bars_and_the_span_they_cover(version: int) -> None:
    bars = [("20260109", BAR), ("20260112", NO_TRADES)]
    *read, end = decode(version, *wire.historical_data(version, 5, ("from", "to"), bars))
    first, second = (args[1] for _, args in read)
    assert end == ("historicalDataEnd", (5, "from", "to"))
    assert (first.date, first.open, first.high, first.low, first.close) == ("20260109", 1.0, 4.0, 0.5, 2.0)
    assert (first.volume, first.wap, first.barCount) == (sized("1000.5", version), Decimal("1.75"), 12)
    assert (second.volume, second.wap, second.barCount) == (-1, -1, -1)


def test_an_average_is_rounded_wherever_a_bar_is_sent() -> None:
    bar = msgspec.structs.replace(BAR, average=2 / 3)
    (history, _), (update, live) = (
        decode(200, *wire.historical_data(200, 5, ("from", "to"), [("20260109", bar)])),
        decode(
            200, wire.historical_data_update(200, 5, "1767969000", bar), wire.real_time_bar(200, 6, 1, bar)
        ),
    )
    assert history[1][1].wap == update[1][1].wap == live[1][7] == Decimal("0.66666667")


@each_version
def test_bars_that_grow(version: int) -> None:
    update, bar = decode(
        version,
        wire.historical_data_update(version, 5, "1767969000", BAR),
        wire.real_time_bar(version, 6, 1_767_969_000, BAR),
    )
    seen = update[1][1]
    assert (seen.date, seen.open, seen.high, seen.low, seen.close) == ("1767969000", 1.0, 4.0, 0.5, 2.0)
    assert (seen.volume, seen.wap, seen.barCount) == (sized("1000.5", version), Decimal("1.75"), 12)
    assert bar[1][:6] == (6, 1_767_969_000, 1.0, 4.0, 0.5, 2.0)
    assert bar[1][6:] == (sized("1000.5", version), Decimal("1.75"), 12)


@each_version
def test_historical_ticks(version: int) -> None:
    trades, quotes, midpoints, head = decode(
        version,
        wire.historical_trades(version, 5, [(10, TRADE)]),
        wire.historical_quotes(version, 6, [(11, QUOTE)]),
        wire.historical_midpoints(version, 7, [(12, 150.255)]),
        wire.head_timestamp(version, 8, "20100104-14:30:00"),
    )
    (trade,), (quote,), (midpoint,) = trades[1][1], quotes[1][1], midpoints[1][1]
    assert (trade.time, trade.price, trade.size) == (10, 150.25, sized("100.5", version))
    assert (trade.exchange, trade.specialConditions, trade.tickAttribLast.unreported) == (
        "ARCA",
        " O X",
        True,
    )
    assert (quote.time, quote.priceBid, quote.priceAsk) == (11, 150.24, 150.26)
    assert (quote.sizeBid, quote.sizeAsk) == (300, sized("200.25", version))
    assert (midpoint.time, midpoint.price) == (12, 150.255)
    assert {done for _, (_, _, done) in (trades, quotes, midpoints)} == {True}
    assert head == ("headTimestamp", (8, "20100104-14:30:00"))
