import json

from ib_stream.wire import tick_line, tick_message
from market.events import DataType, Quote, Trade

SECOND = 1_705_314_600  # 2024-01-15 10:30:00 UTC
QUOTE = Quote(265598, "SMART", SECOND * 10**9, SECOND * 10**9 + 123_456_789, 175.25, None, 100.0, None)


def test_a_quote_has_every_field_of_the_bid_ask_stream() -> None:
    message = tick_message(QUOTE)
    assert message["timestamp"] == "2024-01-15T10:30:00.123Z"
    assert message["data"] == {
        "type": "bid_ask",
        "timestamp": "2024-01-15 10:30:00",
        "unix_time": SECOND,
        "bid_price": 175.25,
        "ask_price": None,
        "bid_size": 100.0,
        "ask_size": None,
        "bid_past_low": False,
        "ask_past_high": False,
        "source": "tbt",
        "data_type": "LIVE",
    }


def test_a_missing_price_is_null_and_the_line_is_one_line() -> None:
    line = tick_line(QUOTE)
    assert json.loads(line)["data"]["ask_price"] is None
    assert b"\n" not in line


def test_a_delayed_trade_says_so() -> None:
    trade = Trade(1, "SMART", 0, 0, 9.5, None, "AllLast", source="l1", data_type=DataType.DELAYED)
    data = tick_message(trade)["data"]
    assert (data["type"], data["source"], data["data_type"]) == ("all_last", "l1", "DELAYED")
