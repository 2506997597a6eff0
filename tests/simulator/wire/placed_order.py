"""An order of IB's own library in which nearly everything is said, and differently from everything else."""

from typing import Any

from ibapi.contract import ComboLeg, Contract, DeltaNeutralContract
from ibapi.order import Order, OrderComboLeg
from ibapi.order_condition import (
    Create,
    ExecutionCondition,
    MarginCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ibapi.tag_value import TagValue


def contract(sec_type: str = "STK") -> Any:
    made = Contract()
    made.conId, made.symbol, made.secType = 265598, "AAPL", sec_type
    made.exchange, made.primaryExchange, made.currency = "SMART", "NASDAQ", "USD"
    made.localSymbol, made.tradingClass = "AAPL", "NMS"
    made.secIdType, made.secId = "ISIN", "US0378331005"
    if sec_type == "BAG":
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = 11, 2, "SELL", "CBOE"
        made.comboLegs = [leg, leg]
    return made


def order() -> Any:
    made = Order()
    made.action, made.totalQuantity, made.orderType = "BUY", 100, "LMT"
    made.lmtPrice, made.auxPrice, made.tif = 150.25, 149.5, "GTD"
    made.goodTillDate, made.goodAfterTime = "20260110-15:00:00", "20260109-15:00:00"
    made.ocaGroup, made.ocaType, made.account, made.orderRef = "group", 2, "DUSIMC7", "mine"
    made.parentId, made.transmit, made.outsideRth, made.triggerMethod = 4, False, True, 7
    made.displaySize, made.minQty, made.percentOffset = 10, 20, 0.5
    made.trailStopPrice, made.trailingPercent, made.lmtPriceOffset = 148.0, 2.5, 0.1
    made.triggerPrice, made.adjustedOrderType, made.adjustedStopPrice = 147.0, "STP", 146.0
    made.whatIf, made.solicited, made.notHeld, made.cashQty = True, True, True, 5000.0
    made.clearingAccount, made.clearingIntent = "away", "PTA"
    made.modelCode, made.rule80A, made.settlingFirm = "model", "A", "firm"
    return made


def with_every_branch() -> Any:
    """Combination legs, delta-neutral hedge, scale, hedge, algorithm and one condition of each kind."""
    made = order()
    leg = OrderComboLeg()
    leg.price = 1.25
    made.orderComboLegs, made.smartComboRoutingParams = [leg, leg], [TagValue("NonGuaranteed", "1")]
    made.deltaNeutralOrderType, made.deltaNeutralConId = "LMT", 99
    made.scaleInitLevelSize, made.scalePriceIncrement, made.scaleAutoReset = 5, 0.25, True
    made.hedgeType, made.hedgeParam = "B", "0.5"
    made.algoStrategy, made.algoParams = "Adaptive", [TagValue("adaptivePriority", "Urgent")]
    made.conditions, made.conditionsCancelOrder = conditions(), True
    return made


def with_neutral_contract(made: Any) -> Any:
    neutral = DeltaNeutralContract()
    neutral.conId, neutral.delta, neutral.price = 12, 0.5, 3.25
    made.deltaNeutralContract = neutral
    return made


def conditions() -> list[Any]:
    found = [
        PriceCondition(2, 265598, "SMART", True, 151.0),
        TimeCondition(True, "20260109-15:00:00"),
        MarginCondition(False, 30),
        ExecutionCondition("STK", "SMART", "AMZN"),
        VolumeCondition(265598, "SMART", True, 1000),
        PercentChangeCondition(265598, "SMART", False, 5.0),
    ]
    for each in found:
        each.isConjunctionConnection = True
    assert all(Create(each.type()) is not None for each in found)
    assert len({each.type() for each in found}) == len(found)
    assert issubclass(PriceCondition, OrderCondition)
    return found


# The first version of each change in how an order is written, and the one before it.
VERSIONS = sorted(
    {151, 157, 200}
    | {
        each - step
        for each in (158, 160, 162, 166, 169, 170, 177, 183, 184, 187, 190, 192, 199)
        for step in (0, 1)
    }
    | {189}
)
