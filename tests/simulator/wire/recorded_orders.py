"""Recorded messages about orders: IB's own decoder reads their values, our encoders write them again."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ibapi.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER

from simulator.wire import layout, order_messages
from simulator.wire.framing import frame
from simulator.wire.layout import Part, Repeat, Slot, When
from simulator.wire.order_layouts import COMMISSION, COMPLETED_ORDER, EXECUTION, OPEN_ORDER, ORDER_STATUS
from tests.simulator.wire.oracle import Call, decode
from tests.simulator.wire.recorded_values import Reader, Values

# Where IB's name is not ours with capitals for underscores.
_NAMES = {
    "contract_id": "conId",
    "expiry": "lastTradeDateOrContractMonth",
    "quantity": "totalQuantity",
    "limit": "lmtPrice",
    "stop": "auxPrice",
    "discretionary_amount": "discretionaryAmt",
    "good_after": "goodAfterTime",
    "good_till": "goodTillDate",
    "rule_80a": "rule80A",
    "stock_reference_price": "stockRefPrice",
    "minimum_quantity": "minQty",
    "electronic_only": "eTradeOnly",
    "firm_quote_only": "firmQuoteOnly",
    "nbbo_price_cap": "nbboPriceCap",
    "delta_neutral_limit": "deltaNeutralAuxPrice",
    "delta_neutral_contract_id": "deltaNeutralConId",
    "trail_stop": "trailStopPrice",
    "trail_percent": "trailingPercent",
    "legs_description": "comboLegsDescrip",
    "scale_initial_size": "scaleInitLevelSize",
    "scale_subsequent_size": "scaleSubsLevelSize",
    "start_stop": "trailStopPrice",
    "limit_offset": "lmtPriceOffset",
    "adjusted_stop": "adjustedStopPrice",
    "adjusted_stop_limit": "adjustedStopLimitPrice",
    "adjusted_trail": "adjustedTrailingAmount",
    "adjusted_trail_unit": "adjustableTrailingUnit",
    "cash_quantity": "cashQty",
    "no_auto_price_for_hedge": "dontUseAutoPriceForHedge",
    "oms_container": "isOmsContainer",
    "discretionary_to_limit": "discretionaryUpToLimitPrice",
    "price_management": "usePriceMgmtAlgo",
    "minimum_trade_quantity": "minTradeQty",
    "minimum_compete_size": "minCompeteSize",
    "mid_offset_whole": "midOffsetAtWhole",
    "mid_offset_half": "midOffsetAtHalf",
    "filled": "filledQuantity",
    "reference_future": "refFuturesConId",
    "commission": "commissionAndFees",
    "least_commission": "minCommissionAndFees",
    "most_commission": "maxCommissionAndFees",
    "commission_currency": "commissionAndFeesCurrency",
    "warning": "warningText",
}
_EXECUTION_NAMES = {
    "execution_id": "execId",
    "account": "acctNumber",
    "venue": "exchange",
    "quantity": "shares",
    "filled": "cumQty",
    "average_price": "avgPrice",
    "economic_value_rule": "evRule",
    "economic_value_multiplier": "evMultiplier",
    "liquidity": "lastLiquidity",
}
_COMMISSION_NAMES = {
    "execution_id": "execId",
    "amount": "commissionAndFees",
    "realised": "realizedPNL",
    "yield": "yield_",
    "redemption_date": "yieldRedemptionDate",
}
_MARGIN_WORDS = {"initial": "initMargin", "maintenance": "maintMargin", "equity": "equityWithLoan"}
_ALLOCATION = 29
# The decoder makes 0 of these where TWS leaves them empty.
_ZERO_IS_UNSET = ("redemption_date", "economic_value_multiplier")
_STATUS_NAMES = (
    "order_id", "status", "filled", "remaining", "average_price", "perm_id", "parent_id", "last_price",
    "client_id", "why_held", "market_cap_price",
)  # fmt: skip
_UNSET = (None, UNSET_DOUBLE, UNSET_INTEGER, UNSET_DECIMAL, str(UNSET_DOUBLE).upper(), "")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    if first in _MARGIN_WORDS and rest[0] in ("before", "change", "after"):
        return _MARGIN_WORDS[first] + "".join(word.capitalize() for word in rest)
    return first + "".join(word.capitalize() for word in rest)


def _slots(parts: Iterable[Part]) -> Iterable[Slot]:
    """Every field outside the lists; no recorded order has one."""
    for part in parts:
        if isinstance(part, Slot):
            yield part
        elif isinstance(part, When):
            yield from _slots(part.parts)
        else:
            assert isinstance(part, Repeat)


def _typed(value: Any, slot: Slot) -> layout.Value:
    """A value of IB's objects as the type that our slot takes."""
    if slot.kind == "text":
        return value if value is None else str(value)
    if value in _UNSET or (slot.name in _ZERO_IS_UNSET and not value):
        return None
    if slot.kind in ("decimal", "double"):
        return value if isinstance(value, Decimal) else Decimal(str(value))
    return bool(value) if slot.kind == "flag" else int(value)


def _collect(parts: tuple[Part, ...], names: Mapping[str, str], *sources: Any) -> layout.Values:
    """Our values, each from the first of IB's objects that has it."""
    values = layout.Values()
    for slot in _slots(parts):
        name = names.get(slot.name, _camel(slot.name))
        for source in sources:
            if hasattr(source, name):
                values[slot.name] = _typed(getattr(source, name), slot)
                break
    return values


def _official(version: int, kind: int, values: Values) -> Call:
    """What IB's decoder makes of a frame, without the empty fields that some logs add at the end."""
    fields = [str(kind), *values.rest()]
    while True:
        try:
            (call,) = decode(version, frame("".join(f"{text}\0" for text in fields).encode()))
        except AssertionError:
            if fields.pop():
                raise ValueError("the decoder leaves fields over that are not empty") from None
        else:
            return call


def _open_order(version: int, values: Values) -> bytes:
    _, (order_id, contract, order, state) = _official(version, 5, values)
    order.orderId = order_id
    collected = _collect(OPEN_ORDER, _NAMES, order, contract, state)
    _forget_trail(collected)
    # IB's decoder passes over the identity of the order within its allocation.
    collected["shares_allocation"] = values.rest()[_ALLOCATION]
    return order_messages.open_order(version, collected)


def _forget_trail(order: layout.Values) -> None:
    """The decoder reads the trail's stop twice; only a trailing order has one in the first place."""
    if not order.text("order_type").startswith("TRAIL"):
        order["trail_stop"] = None


def _completed_order(version: int, values: Values) -> bytes:
    _, (contract, order, state) = _official(version, 101, values)
    collected = _collect(COMPLETED_ORDER, _NAMES, order, contract, state)
    _forget_trail(collected)
    return order_messages.completed_order(version, collected)


def _order_status(version: int, values: Values) -> bytes:
    _, arguments = _official(version, 3, values)
    given = dict(zip(_STATUS_NAMES, arguments, strict=True))
    typed = {slot.name: _typed(given[slot.name], slot) for slot in _slots(ORDER_STATUS)}
    return order_messages.order_status(version, layout.Values(typed))


def _execution(version: int, values: Values) -> bytes:
    _, (request_id, contract, execution) = _official(version, 11, values)
    execution.reqId = request_id
    execution.requestId = request_id
    collected = _collect(EXECUTION, _EXECUTION_NAMES, execution, contract)
    collected |= _collect(_CONTRACT_SLOTS, _NAMES, contract)
    return order_messages.execution(version, collected)


_CONTRACT_SLOTS = tuple(
    slot
    for slot in _slots(EXECUTION)
    if slot.name in ("contract_id", "expiry", "exchange", "strike", "right")
)


def _commission(version: int, values: Values) -> bytes:
    _, (report,) = _official(version, 59, values)
    return order_messages.commission(version, _collect(COMMISSION, _COMMISSION_NAMES, report))


READERS: Mapping[int, Reader] = {
    3: _order_status,
    5: _open_order,
    11: _execution,
    59: _commission,
    101: _completed_order,
}
