from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.candles import DELAYED_GRACE, GRACE, CandleBuilder
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Bar, DataType, Midpoint, Trade
from market.times import MINUTE, SECOND
from tests.fakes import AAPL, T0, bar, quote, trade

ONE, FIVE = BarSize.parse("1m"), BarSize.parse("5m")
# A tick in the minute before T0, so that the bar at T0 is seen from its beginning.
JOIN = trade(-30, 1.0)


def joined(*sizes: BarSize, **options: Any) -> CandleBuilder:
    builder = CandleBuilder(sizes or (ONE,), **options)
    builder.add(JOIN)
    return builder


def feed(builder: CandleBuilder, *events: Any) -> list[Bar]:
    return [bar for event in events for bar in builder.add(event)]


def values(bar: Bar) -> tuple[object, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.average, bar.count


def test_a_later_tick_completes_a_bar() -> None:
    done = feed(joined(), trade(0, 10, 1), trade(20, 12, 2), trade(59, 9, 1), trade(60, 11))
    assert [bar.time for bar in done] == [T0 - MINUTE, T0]
    assert values(done[1]) == (10, 12, 9, 9, 4, 43 / 4, 3)
    assert (done[1].final, done[1].source, done[1].what, done[1].size) == (True, "ticks", "TRADES", "1m")


def test_a_bar_joined_midway_is_never_final() -> None:
    first, second = feed(CandleBuilder([ONE]), trade(30), trade(60), trade(120))
    assert (first.final, second.final) == (False, True)


def test_a_cut_leaves_the_running_bar_and_the_one_joined_later_in_part() -> None:
    builder = joined()
    feed(builder, trade(0))
    builder.cut(AAPL.contract_id)
    done = feed(builder, trade(125), trade(180), trade(240))
    assert [(bar.time, bar.final) for bar in done] == [
        (T0, False),
        (T0 + 2 * MINUTE, False),
        (T0 + 3 * MINUTE, True),
    ]


def test_a_cut_within_a_bar_costs_that_bar_only() -> None:
    builder = joined()
    feed(builder, trade(0))
    builder.cut()
    assert [bar.final for bar in feed(builder, trade(30), trade(60), trade(120))] == [False, True]


def test_the_clock_completes_a_bar_after_a_grace() -> None:
    builder = joined()
    feed(builder, trade(0))
    assert builder.advance(T0 + MINUTE + GRACE - 1) == []
    assert [bar.time for bar in builder.advance(T0 + MINUTE + GRACE)] == [T0]
    assert builder.running() == []


def test_the_clock_waits_for_delayed_ticks() -> None:
    builder = CandleBuilder([ONE])
    feed(builder, trade(0, data_type=DataType.DELAYED, source="l1"))
    assert builder.advance(T0 + MINUTE + GRACE) == []
    (done,) = builder.advance(T0 + MINUTE + DELAYED_GRACE)
    assert done.data_type is DataType.DELAYED


def test_a_late_tick_is_counted_and_changes_nothing() -> None:
    builder = joined()
    done = feed(builder, trade(0, 10), trade(60, 11), trade(59, 99), trade(120, 12))
    assert [bar.high for bar in done[1:]] == [10, 11]
    assert builder.late == 1


def test_a_late_tick_after_the_clock_completed_its_bar_does_not_begin_it_again() -> None:
    builder = joined()
    feed(builder, trade(0))
    builder.advance(T0 + 2 * MINUTE)
    feed(builder, trade(30))
    assert (builder.running(), builder.late) == ([], 1)


def test_running_bars_are_given_when_they_changed() -> None:
    builder = joined()
    builder.changed()
    feed(builder, trade(0, 10), trade(1, 11))
    (now,) = builder.changed()
    assert (now.close, now.final) == (11, False)
    assert builder.changed() == []


def test_quotes_make_bars_of_the_middle() -> None:
    builder = CandleBuilder([ONE])
    done = feed(builder, quote(0, 1.0, 2.0), quote(1, None, 2.0), quote(2, 2.0, 3.0), quote(60, 1.0, 1.0))
    assert [(bar.what, values(bar)) for bar in done] == [("MIDPOINT", (1.5, 2.5, 1.5, 2.5, None, None, None))]


def test_a_second_stream_of_the_same_prints_is_not_counted_twice() -> None:
    builder = joined()
    feed(builder, trade(0, tick_type="AllLast"), trade(0), trade(1, tick_type="AllLast"), trade(1))
    assert [bar.volume for bar in builder.running()] == [2]


def test_all_last_serves_where_it_is_the_only_stream() -> None:
    builder = CandleBuilder([ONE])
    feed(builder, trade(0, tick_type="AllLast"), trade(1, tick_type="AllLast"))
    assert [bar.volume for bar in builder.running()] == [2]


def test_midpoint_ticks_serve_where_there_are_no_quotes() -> None:
    builder = CandleBuilder([ONE])
    feed(builder, Midpoint(AAPL.contract_id, "SMART", T0, T0, 5.0), quote(1, 7.0, 9.0))
    assert [bar.close for bar in builder.running()] == [8.0]


def test_unreported_prints_and_prints_without_size() -> None:
    builder = joined()
    feed(builder, trade(0, 10, None), trade(1, 99, 5, unreported=True))
    assert [values(bar) for bar in builder.running() if bar.time == T0] == [(10, 10, 10, 10, None, None, 1)]


def test_five_second_bars_make_larger_ones() -> None:
    small = [
        bar(0, time=T0 + i * 5 * SECOND, size="5s", source="rtbar", close=10.0 + i % 2) for i in range(13)
    ]
    (done,) = feed(CandleBuilder([BarSize.parse("5s"), ONE]), *small)
    assert values(done) == (10, 11, 9, 11, 1200, 10, 60)


def test_contracts_do_not_touch_each_other() -> None:
    builder = joined()
    assert feed(builder, trade(600, contract_id=1), trade(0)) != []
    assert {(bar.contract_id, bar.time) for bar in builder.running()} == {
        (1, T0 + 10 * MINUTE),
        (AAPL.contract_id, T0),
    }


def test_hours_begin_on_the_clock_of_the_exchange() -> None:
    zones = dict[int, str]()
    builder = CandleBuilder([BarSize.parse("4h")], zones=zones)
    zones[AAPL.contract_id] = "America/New_York"
    feed(builder, trade(0))
    assert builder.running()[0].time == T0 - 90 * MINUTE


def test_days_are_refused() -> None:
    with pytest.raises(BadRequest, match="history"):
        CandleBuilder([BarSize.parse("1D")])


TRADES = st.lists(
    st.tuples(st.integers(0, 899), st.integers(1, 1_000), st.integers(0, 50)), min_size=1, max_size=60
).map(lambda rows: [trade(second, price / 4, float(size)) for second, price, size in sorted(rows)])


def together(bars: Sequence[Bar]) -> tuple[object, ...]:
    volume = sum(bar.volume or 0 for bar in bars)
    return (
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        volume,
        sum(bar.count or 0 for bar in bars),
    )


@given(TRADES)
def test_five_minutes_equal_their_five_bars(trades: Sequence[Trade]) -> None:
    done = feed(joined(ONE, FIVE), *trades, trade(900))
    for large in [each for each in done if each.size == "5m" and each.time >= T0]:
        small = [b for b in done if b.size == "1m" and large.time <= b.time < large.time + 5 * MINUTE]
        assert together(small) == together([large])
        assert large.final


@given(TRADES)
def test_bars_of_bars_equal_bars_of_ticks(trades: Sequence[Trade]) -> None:
    ones = [bar for bar in feed(joined(), *trades, trade(900)) if bar.time >= T0]
    lead = msgspec.structs.replace(ones[0], time=T0 - MINUTE)
    after = msgspec.structs.replace(ones[0], time=T0 + 15 * MINUTE)
    from_bars = feed(CandleBuilder([FIVE]), lead, *ones, after)[1:]
    from_ticks = [bar for bar in feed(joined(FIVE), *trades, trade(900)) if bar.time >= T0]
    assert [together([bar]) for bar in from_bars] == [together([bar]) for bar in from_ticks]


def test_a_contract_that_trades_makes_no_midpoint_bars() -> None:
    builder = CandleBuilder([BarSize.parse("1m")], untraded={12087792})
    builder.add(quote(0, 10.0, 10.1))
    assert builder.running() == []


def test_a_bar_from_a_sampled_market_data_line_is_never_final() -> None:
    builder = CandleBuilder([BarSize.parse("1m")])
    for minute in range(3):
        done = builder.add(trade(60 * minute, source="l1"))
    assert [bar.final for bar in done] == [False]
