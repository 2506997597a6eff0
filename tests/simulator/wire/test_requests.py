"""What the official client writes is what our readers read, at every version."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper

from simulator.wire import reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.fields import FieldReader
from simulator.wire.requests import Query, Request

# Both sides of every version at which a request changes.
VERSIONS = (157, 162, 163, 175, 176, 191, 192, 199, 200)


class _Recorder:
    def __init__(self) -> None:
        self.sent = b""

    def isConnected(self) -> bool:  # noqa: N802 (ibapi's name)
        return True

    def sendMsg(self, data: bytes) -> None:  # noqa: N802 (ibapi's name)
        self.sent += data


def written(version: int, ask: Callable[[Any], None]) -> FieldReader:
    """The body of the one message that `ask` makes the official client send."""
    client = EClient(EWrapper())
    client.conn = _Recorder()
    client.serverVersion_ = version
    client.setConnState(EClient.CONNECTED)
    ask(client)
    (length,) = struct.unpack(">I", client.conn.sent[:4])
    assert length == len(client.conn.sent) - 4
    return FieldReader(client.conn.sent[4:], version)


def future(*, expired: bool = False) -> Any:
    contract = Contract()
    contract.conId, contract.symbol, contract.secType = 7, "ES", "FUT"
    contract.lastTradeDateOrContractMonth, contract.multiplier = "202603", "50"
    contract.exchange, contract.primaryExchange, contract.currency = "CME", "GLOBEX", "USD"
    contract.localSymbol, contract.tradingClass, contract.includeExpired = "ESH6", "ES", expired
    contract.strike, contract.right = 12.5, "C"
    return contract


FUTURE = Query(
    contract_id=7,
    symbol="ES",
    sec_type="FUT",
    expiry="202603",
    strike=12.5,
    right="C",
    multiplier="50",
    exchange="CME",
    primary_exchange="GLOBEX",
    currency="USD",
    local_symbol="ESH6",
    trading_class="ES",
)
EXPIRED = Query(**{**{f: getattr(FUTURE, f) for f in FUTURE.__struct_fields__}, "include_expired": True})

CASES: list[tuple[Ask, Callable[[FieldReader], Request], Callable[[Any], None], Request]] = [
    (
        Ask.HISTORICAL_DATA,
        requests.historical_data,
        lambda c: c.reqHistoricalData(
            8, future(expired=True), "20260109-21:00:00", "2 D", "5 mins", "TRADES", 1, 2, False, []
        ),
        requests.HistoricalDataRequest(
            8, EXPIRED, "20260109-21:00:00", "5 mins", "2 D", True, "TRADES", 2, False
        ),
    ),
    (
        Ask.HEAD_TIMESTAMP,
        requests.head_timestamp,
        lambda c: c.reqHeadTimeStamp(9, future(expired=True), "TRADES", 1, 2),
        requests.HeadTimestampRequest(9, EXPIRED, True, "TRADES", 2),
    ),
    (
        Ask.HISTORICAL_TICKS,
        requests.historical_ticks,
        lambda c: c.reqHistoricalTicks(
            10, future(expired=True), "20260109-15:00:00", "", 500, "BID_ASK", 0, True, []
        ),
        requests.HistoricalTicksRequest(10, EXPIRED, "20260109-15:00:00", "", 500, "BID_ASK", False, True),
    ),
    (
        Ask.CONTRACT_DETAILS,
        reference_requests.contract_details,
        lambda c: c.reqContractDetails(11, future(expired=True)),
        reference_requests.ContractDetailsRequest(11, EXPIRED),
    ),
    (
        Ask.MATCHING_SYMBOLS,
        reference_requests.matching_symbols,
        lambda c: c.reqMatchingSymbols(12, "AAP"),
        reference_requests.SymbolRequest(12, "AAP"),
    ),
    (Ask.START_API, requests.versioned_with_id, lambda c: _start(c), Request(15)),
    (Ask.CANCEL_MARKET_DATA, requests.versioned_with_id, lambda c: c.cancelMktData(17), Request(17)),
    (Ask.CANCEL_TICK_BY_TICK, requests.with_id, lambda c: c.cancelTickByTickData(18), Request(18)),
    (
        Ask.CANCEL_HISTORICAL_DATA,
        requests.versioned_with_id,
        lambda c: c.cancelHistoricalData(19),
        Request(19),
    ),
    (Ask.MARKET_DATA_TYPE, requests.versioned_with_id, lambda c: c.reqMarketDataType(3), Request(3)),
    (Ask.POSITIONS_MULTI, requests.versioned_with_id, lambda c: c.reqPositionsMulti(20, "", ""), Request(20)),
]


def _start(client: Any) -> None:
    client.clientId = 15
    client.startApi()


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
