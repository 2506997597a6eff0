from decimal import Decimal
from typing import Any

import pytest

from simulator.wire import contract_messages
from simulator.wire.contract_messages import Details
from tests.simulator.fake_model import ES, LISTINGS
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(151, 201))
FUTURE = Details(
    instrument=ES,
    exchange="CME",
    time_zone="US/Central",
    trading_hours="20260108:1700-20260109:1600",
    liquid_hours="20260109:0830-20260109:1600",
    last_trade="20260320 08:30:00 US/Central",
    order_types="LMT,MKT",
    under_symbol="ES",
    under_sec_type="IND",
    under_contract_id=11004968,
    min_size=1.0,
    size_increment=2.0,
    suggested_increment=3.0,
)


def read(version: int) -> Any:
    ((name, (request_id, details)),) = decode(version, contract_messages.contract_details(version, 5, FUTURE))
    assert (name, request_id) == ("contractDetails", 5)
    return details


@each_version
def test_a_contract(version: int) -> None:
    contract = read(version).contract
    assert (contract.symbol, contract.secType, contract.conId) == ("ES", "FUT", 495512563)
    assert (contract.exchange, contract.currency, contract.multiplier) == ("CME", "USD", "50")
    assert (contract.localSymbol, contract.tradingClass) == ("ESH6", "ES")
    assert contract.lastTradeDateOrContractMonth == "20260320"
    assert contract.lastTradeDate == ("20260320" if version >= 182 else "")


@each_version
def test_its_details(version: int) -> None:
    details = read(version)
    assert (details.minTick, details.priceMagnifier, details.underConId) == (0.25, 1, 11004968)
    assert (details.longName, details.contractMonth) == ("E-mini S&P 500", "202603")
    assert (details.timeZoneId, details.lastTradeTime) == ("US/Central", "08:30:00")
    assert details.tradingHours == FUTURE.trading_hours
    assert details.liquidHours == FUTURE.liquid_hours
    assert (details.underSymbol, details.underSecType) == ("ES", "IND")
    assert (details.marketRuleIds, details.realExpirationDate) == ("67", "20260320")
    assert (details.orderTypes, details.validExchanges) == ("LMT,MKT", "CME")


@each_version
def test_its_smallest_sizes_from_164_on(version: int) -> None:
    details = read(version)
    sizes = (details.minSize, details.sizeIncrement, details.suggestedSizeIncrement)
    known = sizes == (Decimal(1), Decimal(2), Decimal(3))
    assert known == (version >= 164)


@each_version
def test_symbol_samples_and_the_end_of_details(version: int) -> None:
    found = [(LISTINGS[0].instrument, ["OPT", "WAR"]), (LISTINGS[1].instrument, [])]
    (_, (request_id, samples)), end = decode(
        version,
        contract_messages.symbol_samples(version, 6, found),
        contract_messages.contract_details_end(version, 6),
    )
    assert (request_id, end) == (6, ("contractDetailsEnd", (6,)))
    assert [(each.contract.symbol, each.derivativeSecTypes) for each in samples] == [
        ("AAPL", ["OPT", "WAR"]),
        ("AMZN", []),
    ]
    assert samples[0].contract.description == ("APPLE INC" if version >= 176 else "")
