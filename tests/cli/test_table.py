from io import StringIO

from rich.console import Console

from cli.table import BAR, LiveTable, Row, cells, data_label
from market.bus import EventBus
from market.events import Bar, DataType, Quote, StreamState, TickType, Trade
from market.instrument import Instrument
from market.wanted import WantedTicks

AAPL = Instrument(contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")


class Streaming:
    """A subscription as the table sees it."""

    wanted = WantedTicks(instrument=AAPL)
    state: StreamState = "live"
    instrument = AAPL
    tick_type: TickType = "Last"
    source = "l1"
    data_type = None
    note = "tick-by-tick needs a subscription"
    error = None

    def cancel(self) -> None:
        raise AssertionError("the table cancels nothing")


def trade(data_type: DataType = DataType.LIVE) -> Trade:
    return Trade(265598, "SMART", 0, 0, 170.25, 100.0, source="l1", data_type=data_type)


def table() -> tuple[LiveTable, EventBus]:
    bus = EventBus()
    made = LiveTable(bus, "SIMULATED")
    made.add(Streaming())
    return made, bus


def drawn(live: LiveTable) -> str:
    out = StringIO()
    Console(file=out, width=160).print(live.render())
    return out.getvalue()


def test_a_row_shows_the_newest_of_each_kind() -> None:
    live, bus = table()
    bus.publish(trade())
    bus.publish(Quote(265598, "SMART", 10**9, 0, 170.2, None, 100.0, None))
    assert [cells(live.rows[265598])[name] for name in ("last", "bid", "ask")] == ["170.25", "170.2", "-"]
    assert live.ticks == 2


def test_delayed_data_is_never_shown_without_saying_so() -> None:
    live, bus = table()
    bus.publish(trade(DataType.DELAYED))
    assert "DELAYED" in drawn(live)
    assert "DELAYED" in live.line()
    assert data_label(live.rows[265598]) == "DELAYED l1"


def test_trades_and_quotes_of_different_freshness_are_both_named() -> None:
    live, bus = table()
    bus.publish(trade())
    bus.publish(Quote(265598, "SMART", 0, 0, 1.0, 2.0, 3.0, 4.0, source="l1", data_type=DataType.DELAYED))
    bus.publish(trade())
    assert data_label(live.rows[265598]) == "LIVE/DELAYED l1"


def test_a_bar_of_delayed_ticks_says_so() -> None:
    live, bus = table()
    values = (1.0, 2.0, 0.5, 1.5, 10.0, 1.2, 3, True)
    bus.publish(Bar(265598, "SMART", 0, 0, "1m", *values, source="ticks", data_type=DataType.DELAYED))
    assert cells(live.rows[265598])[BAR] == "1 2 0.5 1.5 DELAYED"


def test_a_contract_without_data_says_why_and_that_the_market_is_simulated() -> None:
    live, _ = table()
    text = drawn(live)
    assert "no data yet" in text
    assert "tick-by-tick needs a subscription" in text
    assert "SIMULATED" in text


def test_what_a_stream_says_of_itself_later_is_shown() -> None:
    bus, stream = EventBus(), Streaming()
    live = LiveTable(bus, "LIVE")
    live.add(stream)
    stream.note = "another session has the market data"
    assert live.rows[265598].note == "another session has the market data"


def test_a_provisional_bar_is_marked() -> None:
    row = Row(AAPL)
    row.bar = Bar(265598, "SMART", 0, 0, "1m", 1.0, 2.0, 0.5, 1.5, 9.0, None, None, final=False)
    assert cells(row)[BAR].endswith("..")


def test_ticks_of_a_contract_that_is_not_shown_are_left_alone() -> None:
    live, bus = table()
    bus.publish(Trade(1, "SMART", 0, 0, 1.0, 1.0))
    assert live.ticks == 0


def test_where_no_table_can_be_drawn_a_contract_without_data_still_says_why() -> None:
    live, _ = table()
    assert live.line() == "SIMULATED  AAPL no data yet: tick-by-tick needs a subscription"


def test_a_refusal_that_comes_late_is_shown_too() -> None:
    class Refused(Streaming):
        note = ""

    live, stream = LiveTable(EventBus(), "SIMULATED"), Refused()
    live.add(stream)
    stream.note = "market data is not subscribed"
    assert "not subscribed" in live.line()
    assert "AAPL: market data is not subscribed" in drawn(live)


def test_a_narrow_terminal_cuts_no_price() -> None:
    live, bus = table()
    bus.publish(trade())
    bus.publish(Bar(265598, "SMART", 0, 0, "1m", 170.0, 170.5, 169.5, 170.25, 9.0, None, None, final=True))
    out = StringIO()
    Console(file=out, width=80).print(live.render(80))
    assert "170.25" in out.getvalue()
    assert "\u2026" not in out.getvalue()
