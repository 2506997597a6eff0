"""IB's decoder reads every message about orders as it was meant, to the last field, at every version."""

from decimal import Decimal
from typing import Any

import pytest
from ibapi.const import UNSET_DOUBLE

from simulator.wire import order_messages, order_requests
from simulator.wire.fields import FieldReader
from simulator.wire.layout import Values
from tests.simulator.wire import placed_order
from tests.simulator.wire.oracle import decode
from tests.simulator.wire.placed_order import VERSIONS
from tests.simulator.wire.test_requests import written

# The decoder of that library is older than no version from 151 on.
each_version = pytest.mark.parametrize("version", VERSIONS)


def placed(version: int, order: Any, sec_type: str = "STK") -> Values:
    reader: FieldReader = written(version, lambda c: c.placeOrder(5, placed_order.contract(sec_type), order))
    reader.integer("message id")
    terms = order_requests.place_order(reader).terms
    return Values(terms, client_id=3, perm_id=77, status="Submitted", right="", submitter="sim")


def opened(version: int, values: Values) -> tuple[Any, Any, Any]:
    ((name, (order_id, contract, order, state)),) = decode(
        version, order_messages.open_order(version, values)
    )
    assert (name, order_id) == ("openOrder", 5)
    return contract, order, state


# What the library knows by the same name on both sides.
ECHOED = (
    "action", "totalQuantity", "orderType", "lmtPrice", "auxPrice", "tif", "ocaGroup", "account", "orderRef",
    "parentId", "outsideRth", "triggerMethod", "displaySize", "minQty", "percentOffset", "trailingPercent",
    "goodAfterTime", "goodTillDate", "ocaType", "rule80A", "settlingFirm", "modelCode", "clearingAccount",
    "clearingIntent", "notHeld", "whatIf", "solicited", "triggerPrice", "adjustedOrderType",
    "adjustedStopPrice", "cashQty",
)  # fmt: skip


@each_version
def test_an_open_order_repeats_what_was_said(version: int) -> None:
    said = placed_order.order()
    contract, order, state = opened(version, placed(version, said))
    assert {name: getattr(order, name) for name in ECHOED} == {name: getattr(said, name) for name in ECHOED}
    assert (contract.conId, contract.symbol, contract.exchange) == (265598, "AAPL", "SMART")
    assert (order.clientId, order.permId, state.status) == (3, 77, "Submitted")
    assert order.submitter == ("sim" if version >= 198 else "")
    assert state.initMarginBefore == "1.7976931348623157E308"
    assert state.commissionAndFees == UNSET_DOUBLE


@each_version
def test_an_open_combination_has_its_parts(version: int) -> None:
    contract, order, _ = opened(version, placed(version, placed_order.with_every_branch(), "BAG"))
    assert [leg.conId for leg in contract.comboLegs] == [11, 11]
    assert [leg.price for leg in order.orderComboLegs] == [1.25, 1.25]
    assert [each.type() for each in order.conditions] == [1, 3, 4, 5, 6, 7]
    assert (order.conditions[0].price, order.conditions[3].symbol) == (151.0, "AMZN")
    assert (order.deltaNeutralOrderType, order.deltaNeutralConId) == ("LMT", 99)
    assert (order.algoStrategy, order.hedgeParam, order.scalePriceIncrement) == ("Adaptive", "0.5", 0.25)
    assert order.conditionsCancelOrder


@each_version
def test_a_preview_has_margins(version: int) -> None:
    values = Values(
        placed(version, placed_order.order()), initial_before=Decimal("1.5"), maintenance_change=Decimal(-2),
        equity_after=Decimal("1038470.3"), least_commission=Decimal("1.64"), commission_currency="USD",
        warning="Careful",
    )  # fmt: skip
    _, _, state = opened(version, values)
    assert (state.initMarginBefore, state.maintMarginChange) == ("1.5", "-2.0")
    assert (state.equityWithLoanAfter, state.warningText) == ("1038470.3", "Careful")
    assert (state.minCommissionAndFees, state.commissionAndFeesCurrency) == (1.64, "USD")


@each_version
def test_a_completed_order(version: int) -> None:
    values = Values(
        placed(version, placed_order.order()), filled=Decimal(60), completed_time="20260109 10:00:00 UTC",
        completed_status="Cancelled by Trader",
    )  # fmt: skip
    ((name, (contract, order, state)),) = decode(version, order_messages.completed_order(version, values))
    assert (name, contract.symbol, order.permId) == ("completedOrder", "AAPL", 77)
    assert (order.filledQuantity, order.lmtPrice, order.goodTillDate) == (60, 150.25, "20260110-15:00:00")
    assert (state.status, state.completedStatus) == ("Submitted", "Cancelled by Trader")
    assert state.completedTime == "20260109 10:00:00 UTC"


@each_version
def test_the_state_of_an_order(version: int) -> None:
    values = Values(
        order_id=5, status="Submitted", filled=Decimal("0.5"), remaining=Decimal(99),
        average_price=Decimal("150.25"), perm_id=77, parent_id=4, last_price=Decimal("150.5"), client_id=3,
        why_held="trigger",
    )  # fmt: skip
    ((name, args),) = decode(version, order_messages.order_status(version, values))
    assert name == "orderStatus"
    assert args == (5, "Submitted", Decimal("0.5"), 99, 150.25, 77, 4, 150.5, 3, "trigger", 0.0)


@each_version
def test_an_execution_and_its_commission(version: int) -> None:
    values = Values(
        request_id=-1, order_id=5, contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART",
        execution_id="0001.01", time="20260109 10:00:00 US/Eastern", account="DUSIMC7", venue="NASDAQ",
        side="BOT", quantity=Decimal("0.5"), price=Decimal("150.25"), perm_id=77, client_id=3,
        filled=Decimal(2), average_price=Decimal("150.2"), order_ref="mine", liquidity=1, submitter="sim",
    )  # fmt: skip
    report = Values(execution_id="0001.01", amount=Decimal("1.02"), currency="USD")
    (_, (request_id, contract, execution)), (name, (commission,)) = decode(
        version, order_messages.execution(version, values), order_messages.commission(version, report)
    )
    assert (request_id, contract.symbol, contract.exchange) == (-1, "AAPL", "SMART")
    assert (execution.execId, execution.shares, execution.price) == ("0001.01", Decimal("0.5"), 150.25)
    assert (execution.exchange, execution.side, execution.lastLiquidity) == ("NASDAQ", "BOT", 1)
    assert (execution.cumQty, execution.avgPrice, execution.orderRef) == (2, 150.2, "mine")
    assert (name, commission.execId, commission.commissionAndFees) == (
        "commissionAndFeesReport", "0001.01", 1.02
    )  # fmt: skip
    assert commission.realizedPNL == UNSET_DOUBLE
