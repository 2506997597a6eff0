from io import StringIO

from rich.console import Console

from cli.table import LiveTable, Row, cells, data_label
from market.bus import EventBus
from market.events import Bar, DataType, Quote, TickType, Trade
from market.instrument import Instrument

AAPL = Instrument(contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")


class Streaming:
    """A subscription as the table sees it."""

    instrument = AAPL
    tick_type: TickType = "Last"
    source = "l1"
    data_type = None
    note = "tick-by-tick needs a subscription"

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
    assert cells(live.rows[265598])[2:5] == ("170.25", "170.2", "-")
    assert live.ticks == 2


def test_delayed_data_is_never_shown_without_saying_so() -> None:
    live, bus = table()
    bus.publish(trade(DataType.DELAYED))
    assert "DELAYED" in drawn(live)
    assert "DELAYED" in live.line()
    assert data_label(live.rows[265598]) == "DELAYED l1"


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
    assert cells(row)[5].endswith("..")


def test_ticks_of_a_contract_that_is_not_shown_are_left_alone() -> None:
    live, bus = table()
    bus.publish(Trade(1, "SMART", 0, 0, 1.0, 1.0))
    assert live.ticks == 0
