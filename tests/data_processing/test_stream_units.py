from msgspec.structs import replace

from data_processing.stream_units import StreamUnits, is_line
from data_storage.ledger import Stream
from market.bar_size import BarSize
from market.events import StreamChanged
from market.times import DAY, MINUTE, SECOND
from tests.fakes import AAPL, T0

FOREX = replace(AAPL, contract_id=7, symbol="EUR", sec_type="CASH", exchange="IDEALPRO")
INDIA = replace(AAPL, contract_id=8, exchange="NSE", time_zone="Asia/Kolkata")
UNITS = StreamUnits(lambda: [AAPL, FOREX, INDIA])
ONE = BarSize.parse("1m")


def changed(kind: str, contract_id: int = AAPL.contract_id, **more: str) -> StreamChanged:
    exchange = "IDEALPRO" if contract_id == 7 else "SMART"
    return StreamChanged(contract_id, exchange, T0, T0, kind, "live", "", **more)  # type: ignore[arg-type]


def test_bars_of_a_contract_without_trades_are_of_its_midpoint() -> None:
    assert UNITS.stream_of(changed("1m", 7)) == Stream(7, "IDEALPRO", "1m", "", "MIDPOINT", "all")
    assert UNITS.stream_of(changed("1m")).what == "TRADES"
    assert UNITS.stream_of(changed("1m", 7, what="BID", hours="rth")).hours == "rth"


def test_ticks_of_a_line_are_another_stream_than_those_of_every_tick() -> None:
    line, every = (
        UNITS.stream_of(changed("Last", source="l1")),
        UNITS.stream_of(changed("Last", source="tbt")),
    )
    assert (is_line(line), is_line(every), is_line(UNITS.stream_of(changed("depth")))) == (True, False, True)


def test_candles_are_made_of_trades_or_of_the_quotes_of_what_has_none() -> None:
    quotes = Stream(AAPL.contract_id, "SMART", "BidAsk", "l1")
    assert UNITS.candles_of(quotes, [ONE]) == []
    assert UNITS.candles_of(replace(quotes, contract_id=7, exchange="IDEALPRO"), [ONE])[0].what == "MIDPOINT"
    assert UNITS.candles_of(replace(quotes, kind="Last"), [ONE])[0].what == "TRADES"


def test_time_is_cut_by_seconds_of_ticks_by_bars_and_by_the_moment_of_a_line() -> None:
    now = T0 + 90 * SECOND + 5
    last = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
    assert UNITS.bounds(last, now) == (T0 + 90 * SECOND, T0 + 91 * SECOND)
    assert UNITS.bounds(replace(last, kind="1m", source=""), now) == (T0 + MINUTE, T0 + 2 * MINUTE)
    assert UNITS.bounds(replace(last, source="l1"), now) == (now, now)
    hourly = Stream(8, "NSE", "1h", "", "TRADES", "all")
    assert UNITS.bounds(hourly, T0)[0] == T0  # 14:30 UTC is a full hour in Kolkata
    start, end = UNITS.bounds(replace(hourly, kind="1D"), T0)
    assert start <= T0 - DAY // 2
    assert end >= T0 + DAY
