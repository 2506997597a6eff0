"""Requests about contracts and their surroundings, as the official client writes them."""

from collections.abc import Callable
from typing import Any

import pytest
from ibapi.scanner import ScannerSubscription

from simulator.wire import reference_requests as read
from simulator.wire.asks import Ask
from simulator.wire.fields import FieldReader
from simulator.wire.requests import Request
from tests.simulator.wire.test_requests import FUTURE, future, written

VERSIONS = (157, 162, 163, 175, 176, 191, 192, 199, 200)


def _by_isin(client: Any) -> None:
    contract = future()
    contract.secIdType, contract.secId = "ISIN", "US0378331005"
    client.reqContractDetails(11, contract)


def _scan(client: Any) -> None:
    wanted = ScannerSubscription()
    wanted.instrument, wanted.locationCode, wanted.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    client.reqScannerSubscription(12, wanted, [], [])


CASES: list[tuple[Ask, Callable[[FieldReader], Request], Callable[[Any], None], Request]] = [
    (
        Ask.CONTRACT_DETAILS,
        read.contract_details,
        _by_isin,
        read.ContractDetailsRequest(11, FUTURE, "ISIN", "US0378331005"),
    ),
    (
        Ask.OPTION_CHAIN,
        read.option_chain,
        lambda c: c.reqSecDefOptParams(3, "AAPL", "", "STK", 265598),
        read.OptionChainRequest(3, "AAPL", "", "STK", 265598),
    ),
    (
        Ask.SMART_COMPONENTS,
        read.smart_components,
        lambda c: c.reqSmartComponents(4, "9c0001"),
        read.SmartComponentsRequest(4, "9c0001"),
    ),
    (
        Ask.HISTOGRAM,
        read.histogram,
        lambda c: c.reqHistogramData(5, future(), True, "3 days"),
        read.HistogramRequest(5, FUTURE, True, "3 days"),
    ),
    (
        Ask.SUBSCRIBE_TO_GROUP,
        read.subscribe_to_group,
        lambda c: c.subscribeToGroupEvents(6, 2),
        read.GroupRequest(6, 2),
    ),
    (
        Ask.UPDATE_DISPLAY_GROUP,
        read.update_group,
        lambda c: c.updateDisplayGroup(7, "265598@SMART"),
        read.GroupUpdateRequest(7, "265598@SMART"),
    ),
    (
        Ask.HISTORICAL_NEWS,
        read.historical_news,
        lambda c: c.reqHistoricalNews(8, 265598, "BRFG+DJNL", "", "", 10, []),
        read.NewsRequest(8, ("BRFG", "DJNL")),
    ),
    (Ask.SCANNER, read.scanner, _scan, read.ScannerRequest(12, "TOP_PERC_GAIN")),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("ask", "reader", "send", "expected"), CASES, ids=[case[0].name for case in CASES])
def test_the_official_client_is_understood(
    version: int,
    ask: Ask,
    reader: Callable[[FieldReader], Request],
    send: Callable[[Any], None],
    expected: Request,
) -> None:
    body = written(version, send)
    assert body.integer("message id") == ask
    assert reader(body) == expected


@pytest.mark.parametrize(("version", "issuer"), [(175, ""), (176, "e1359061")])
def test_a_bond_s_issuer_is_read_from_176_on(version: int, issuer: str) -> None:
    def ask(client: Any) -> None:
        contract = future()
        contract.issuerId = issuer
        client.reqContractDetails(11, contract)

    body = written(version, ask)
    body.integer("message id")
    assert read.contract_details(body).issuer == issuer
