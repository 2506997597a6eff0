"""What the official client writes about orders is read to the last field, at every version."""

from decimal import Decimal
from typing import Any

import pytest
from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel

from simulator.wire import order_requests
from simulator.wire.asks import Ask
from simulator.wire.fields import FieldReader
from simulator.wire.layout import Values
from simulator.wire.order_requests import BindRequest, ExecutionsRequest, PlaceOrderRequest
from simulator.wire.requests import Query, Request
from tests.simulator.wire import placed_order
from tests.simulator.wire.placed_order import VERSIONS
from tests.simulator.wire.test_requests import written

each_version = pytest.mark.parametrize("version", VERSIONS)


def placed(version: int, order: Any, contract: Any = None) -> Values:
    """What we read of an order that leaves out what the version could not say."""
    reader = written(version, lambda c: c.placeOrder(5, contract or placed_order.contract(), order))
    assert reader.integer("message id") == Ask.PLACE_ORDER
    request = order_requests.place_order(reader)
    assert reader.left == 0
    assert request.request_id == 5
    return request.terms


@each_version
def test_the_terms_of_an_order(version: int) -> None:
    terms = placed(version, placed_order.order())
    expected: dict[str, object] = {
        "action": "BUY", "quantity": Decimal(100), "order_type": "LMT", "limit": Decimal("150.25"),
        "stop": Decimal("149.5"), "tif": "GTD", "oca_group": "group", "account": "DUSIMC7",
        "order_ref": "mine", "transmit": False, "parent_id": 4, "trigger_method": 7, "outside_rth": True,
        "display_size": 10, "good_after": "20260109-15:00:00", "good_till": "20260110-15:00:00",
        "oca_type": 2, "minimum_quantity": 20, "percent_offset": Decimal("0.5"), "model_code": "model",
        "rule_80a": "A", "settling_firm": "firm", "trail_stop": Decimal("148.0"),
        "trail_percent": Decimal("2.5"), "clearing_account": "away", "clearing_intent": "PTA",
        "not_held": True, "what_if": True, "solicited": True, "conditions": [],
        "adjusted_order_type": "STP", "trigger_price": Decimal("147.0"), "limit_offset": Decimal("0.1"),
        "adjusted_stop": Decimal("146.0"), "adjusted_stop_limit": None, "cash_quantity": Decimal("5000.0"),
        "volatility": None, "scale_price_increment": None, "algo_strategy": "", "security_id_type": "ISIN",
    }  # fmt: skip
    assert {name: terms[name] for name in expected} == expected


@each_version
def test_a_combination_with_everything(version: int) -> None:
    bag = placed_order.with_neutral_contract(placed_order.contract("BAG"))
    terms = placed(version, placed_order.with_every_branch(), bag)
    legs, conditions = terms["legs"], terms["conditions"]
    assert isinstance(legs, list)
    assert isinstance(conditions, list)
    assert [(leg.integer("contract_id"), leg.text("exchange")) for leg in legs] == [(11, "CBOE")] * 2
    assert terms["leg_prices"] == [Values(price=Decimal("1.25"))] * 2
    assert terms["algo_parameters"] == [Values(tag="adaptivePriority", value="Urgent")]
    assert (terms["hedge_parameter"], terms["scale_auto_reset"]) == ("0.5", True)
    assert (terms["delta_neutral_contract_id"], terms["neutral_price"]) == (99, Decimal("3.25"))
    assert [each["type"] for each in conditions] == [1, 3, 4, 5, 6, 7]
    assert (conditions[0]["value"], conditions[3]["symbol"]) == ("151.0", "AMZN")
    assert terms["conditions_cancel_order"] is True


@each_version
@pytest.mark.parametrize("kind", ["PEG BENCH", "PEG BEST", "PEGMID"])
def test_pegged_orders(version: int, kind: str) -> None:
    order, contract = placed_order.order(), placed_order.contract()
    order.orderType, contract.exchange = kind, "IBKRATS"
    if version >= 170:
        order.minTradeQty, order.midOffsetAtHalf = 3, 0.02
        order.competeAgainstBestOffset = float("inf")
    terms = placed(version, order, contract)
    assert ("reference_exchange" in terms) == (kind == "PEG BENCH")
    assert ("mid_offset_half" in terms) == (version >= 170 and kind != "PEG BENCH")


def test_an_order_names_its_contract() -> None:
    reader = written(200, lambda c: c.placeOrder(5, placed_order.contract(), placed_order.order()))
    reader.integer("message id")
    request = order_requests.place_order(reader)
    assert isinstance(request, PlaceOrderRequest)
    assert request.query == Query(
        contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", primary_exchange="NASDAQ",
        currency="USD", local_symbol="AAPL", trading_class="NMS",
    )  # fmt: skip


def body(version: int, ask: Any, expected: Ask) -> FieldReader:
    reader = written(version, ask)
    assert reader.integer("message id") == expected
    return reader


@each_version
def test_cancelling(version: int) -> None:
    reader = body(version, lambda c: c.cancelOrder(14, OrderCancel()), Ask.CANCEL_ORDER)
    assert order_requests.cancel_order(reader) == Request(14)
    assert reader.left == 0
    reader = body(version, lambda c: c.reqGlobalCancel(OrderCancel()), Ask.GLOBAL_CANCEL)
    assert order_requests.cancel_all(reader) == Request(-1)
    assert reader.left == 0


@each_version
def test_asking_for_executions(version: int) -> None:
    wanted = ExecutionFilter()
    wanted.clientId, wanted.acctCode, wanted.time = 3, "DU1", "20260109-15:00:00"
    wanted.symbol, wanted.secType, wanted.exchange, wanted.side = "AAPL", "STK", "SMART", "BUY"
    if version >= 200:
        wanted.lastNDays, wanted.specificDates = 2, [20260108, 20260109]
    reader = body(version, lambda c: c.reqExecutions(16, wanted), Ask.EXECUTIONS)
    days: Any = {"last_days": 2, "dates": ("20260108", "20260109")} if version >= 200 else {}
    assert order_requests.executions(reader) == ExecutionsRequest(
        16, client_id=3, account="DU1", time="20260109-15:00:00", symbol="AAPL", sec_type="STK",
        exchange="SMART", side="BUY", **days,
    )  # fmt: skip
    assert reader.left == 0


@each_version
def test_the_smaller_questions(version: int) -> None:
    reader = body(version, lambda c: c.reqAutoOpenOrders(True), Ask.AUTO_OPEN_ORDERS)
    assert order_requests.auto_open_orders(reader) == BindRequest(-1, True)
    reader = body(version, lambda c: c.reqCompletedOrders(True), Ask.COMPLETED_ORDERS)
    assert order_requests.completed_orders(reader) == Request(-1)
    assert reader.left == 0
