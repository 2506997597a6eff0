"""What the official client writes about prices is what our readers read, at every version."""

from collections.abc import Callable
from typing import Any

import pytest
from ibapi.contract import ComboLeg, Contract

from simulator.wire import market_requests as requests
from simulator.wire.asks import Ask
from simulator.wire.fields import FieldReader
from simulator.wire.requests import Request
from tests.simulator.wire.test_requests import FUTURE, VERSIONS, future, written

CASES: list[tuple[Ask, Callable[[FieldReader], Request], Callable[[Any], None], Request]] = [
    (
        Ask.MARKET_DATA,
        requests.market_data,
        lambda c: c.reqMktData(5, future(), "233", True, False, []),
        requests.MarketDataRequest(5, FUTURE, "233", True, False),
    ),
    (
        Ask.MARKET_DATA,
        requests.market_data,
        lambda c: c.reqMktData(5, future(), "", False, True, []),
        requests.MarketDataRequest(5, FUTURE, "", False, True),
    ),
    (
        Ask.TICK_BY_TICK,
        requests.tick_by_tick,
        lambda c: c.reqTickByTickData(6, future(), "BidAsk", 10, True),
        requests.TickByTickRequest(6, FUTURE, "BidAsk", 10, True),
    ),
    (
        Ask.REAL_TIME_BARS,
        requests.real_time_bars,
        lambda c: c.reqRealTimeBars(7, future(), 5, "BID", True, []),
        requests.RealTimeBarsRequest(7, FUTURE, "BID", True),
    ),
    (
        Ask.MARKET_DEPTH,
        requests.market_depth,
        lambda c: c.reqMktDepth(8, future(), 20, True, []),
        requests.DepthRequest(8, FUTURE, 20, True),
    ),
    (
        Ask.IMPLIED_VOLATILITY,
        requests.calculation,
        lambda c: c.calculateImpliedVolatility(9, future(), 12.5, 265.25, []),
        requests.CalculationRequest(9, FUTURE, 12.5, 265.25),
    ),
    (
        Ask.OPTION_PRICE,
        requests.calculation,
        lambda c: c.calculateOptionPrice(10, future(), 0.25, 265.25, []),
        requests.CalculationRequest(10, FUTURE, 0.25, 265.25),
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("ask", "read", "send", "expected"), CASES, ids=[case[0].name for case in CASES])
def test_the_official_client_is_understood(
    version: int,
    ask: Ask,
    read: Callable[[FieldReader], Request],
    send: Callable[[Any], None],
    expected: Request,
) -> None:
    reader = written(version, send)
    assert reader.integer("message id") == ask
    assert read(reader) == expected


def test_the_legs_of_a_combination_do_not_hide_what_follows() -> None:
    def ask(client: Any) -> None:
        bag, leg = Contract(), ComboLeg()
        bag.secType, bag.comboLegs = "BAG", [leg, leg]
        client.reqMktData(5, bag, "233", True, False, [])

    reader = written(200, ask)
    reader.integer("message id")
    assert requests.market_data(reader).snapshot
