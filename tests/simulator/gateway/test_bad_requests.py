import pytest

from simulator.gateway.options import GatewayOptions
from simulator.wire.asks import Ask
from tests.simulator.gateway.raw_client import AAPL, RawClient

GOOD: tuple[tuple[object, ...], ...] = (
    (Ask.MARKET_DATA, 11, 5, *AAPL, 0, "", 0, 0, ""),
    (Ask.TICK_BY_TICK, 5, *AAPL, "BidAsk", 10, 0),
    (Ask.REAL_TIME_BARS, 3, 5, *AAPL, 5, "TRADES", 0, ""),
    (Ask.HISTORICAL_DATA, 5, *AAPL, 0, "20260109-17:00:00", "1 min", "60 S", 0, "TRADES", 1, 0, ""),
    (Ask.HISTORICAL_DATA, 5, *AAPL, 0, "", "5 mins", "3600 S", 0, "TRADES", 1, 1, ""),
    (Ask.HISTORICAL_TICKS, 5, *AAPL, 0, "", "20260109-17:00:00", 10, "TRADES", 0, 0, ""),
    (Ask.HEAD_TIMESTAMP, 5, *AAPL, 0, 0, "TRADES", 1),
    (Ask.CONTRACT_DETAILS, 8, 5, *AAPL, 0, "ISIN", "US0378331005", ""),
    (Ask.HISTORICAL_DATA, 5, *AAPL, 0, "20260109-17:00:00", "1 day", "5 D", 0, "SCHEDULE", 1, 0, ""),
    (Ask.HISTOGRAM, 5, *AAPL, 0, 1, "3 days"),
    (Ask.OPTION_CHAIN, 5, "AAPL", "", "STK", 265598),
    (Ask.SMART_COMPONENTS, 5, "9c0001"),
    (Ask.SUBSCRIBE_TO_GROUP, 1, 5, 3),
    (Ask.UPDATE_DISPLAY_GROUP, 1, 5, "265598@SMART"),
    (Ask.HISTORICAL_NEWS, 5, 265598, "BRFG", "", "", 10, ""),
    (Ask.SCANNER, 5, 10, "STK", "STK.US", "TOP_PERC_GAIN"),
    (Ask.MARKET_RULE, 26),
    (Ask.MATCHING_SYMBOLS, 5, "AAPL"),
    (Ask.MARKET_DATA_TYPE, 1, 3),
    (Ask.ACCOUNT_SUMMARY, 1, 5, "All", "NetLiquidation"),
    (Ask.PLACE_ORDER, 5, *AAPL),
)
JUNK = (
    *("", "0", "-5", "abc", "1e309", "nan", "inf", "BAG", "2147483647", "99999999999999999999", "é\x7f"),
    *("00010101-00:00:00", "99991231-23:59:59", "20260109 17:00:00 Europe/Nowhere"),
    *("365 D", "9999999 S", "9999 W", "1 month", "1 secs"),
)


@pytest.mark.parametrize("good", GOOD)
def test_no_field_breaks_the_session(good: tuple[object, ...]) -> None:
    for place in range(1, len(good)):
        client = RawClient(options=GatewayOptions(message_rate=0))
        for bad in JUNK:
            client.ask(*good[:place], bad, *good[place + 1 :])
        client.ask(*good[:place])
        assert client.ask(49, 1)[-1][0] == "49"
