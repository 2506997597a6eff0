"""What the messages about orders have in common: rows of fields and conditional blocks."""

from collections.abc import Callable

from simulator.wire.fields import UNSET_INTEGER
from simulator.wire.layout import Part, Repeat, Slot, Values, When


def texts(*names: str) -> tuple[Part, ...]:
    """Texts in a row; the other three do the same for their kinds."""
    return tuple(Slot(name) for name in names)


def flags(*names: str) -> tuple[Part, ...]:
    return tuple(Slot(name, "flag", "0") for name in names)


def doubles(*names: str, unset: str = "") -> tuple[Part, ...]:
    return tuple(Slot(name, "double", unset) for name in names)


def integers(*names: str, unset: str = "0") -> tuple[Part, ...]:
    return tuple(Slot(name, "integer", unset) for name in names)


def _scaled(values: Values) -> bool:
    return (values.decimal("scale_price_increment") or 0) > 0


def pegged(to: str, values: Values) -> bool:
    """Whether the order is of type ``PEG BENCH``, ``PEG BEST`` or ``PEG MID``, in either spelling."""
    return values.text("order_type").replace(" ", "") == f"PEG{to}"


def _condition(*kinds: int) -> Callable[[Values], bool]:
    return lambda values: values.integer("type") in kinds


_LEG: tuple[Part, ...] = (
    Slot("contract_id", "integer", "0"),
    Slot("ratio", "integer", "0"),
    *texts("action", "exchange"),
    Slot("open_close", "integer", "0"),
    Slot("short_sale_slot", "integer", "0"),
    Slot("designated_location"),
    Slot("exempt_code", "integer", "-1"),
)
_LEG_PRICE: tuple[Part, ...] = (Slot("price", "double"),)
_TAG = texts("tag", "value")
COMBINATION: tuple[Part, ...] = (
    Repeat("legs", _LEG),
    Repeat("leg_prices", _LEG_PRICE),
    Repeat("smart_combo_routing", _TAG),
)
SHORT_SALE: tuple[Part, ...] = (
    Slot("short_sale_slot", "integer", "0"),
    Slot("designated_location"),
    Slot("exempt_code", "integer", "-1"),
)
BOX = doubles("starting_price", "stock_reference_price", "delta")
STOCK_RANGE = doubles("stock_range_lower", "stock_range_upper")
HEDGE_OPTION: tuple[Part, ...] = (
    Slot("delta_neutral_contract_id", "integer", "0"),
    *texts("delta_neutral_settling_firm", "delta_neutral_clearing_account"),
    Slot("delta_neutral_clearing_intent"),
)
HEDGE_SHORT: tuple[Part, ...] = (
    Slot("delta_neutral_short_sale", "flag", "0"),
    Slot("delta_neutral_short_sale_slot", "integer", "0"),
    Slot("delta_neutral_designated_location"),
)
SCALE: tuple[Part, ...] = (
    Slot("scale_initial_size", "integer", UNSET_INTEGER),
    Slot("scale_subsequent_size", "integer", UNSET_INTEGER),
    Slot("scale_price_increment", "double"),
    When(
        _scaled,
        (
            Slot("scale_price_adjust_value", "double"),
            Slot("scale_price_adjust_interval", "integer"),
            Slot("scale_profit_offset", "double"),
            Slot("scale_auto_reset", "flag", "0"),
            Slot("scale_initial_position", "integer"),
            Slot("scale_initial_fill", "integer"),
            Slot("scale_random_percent", "flag", "0"),
        ),
    ),
)
HEDGE: tuple[Part, ...] = (
    Slot("hedge_type"),
    When(lambda values: bool(values.text("hedge_type")), texts("hedge_parameter")),
)
DELTA_NEUTRAL_CONTRACT: tuple[Part, ...] = (
    Slot("delta_neutral_contract", "flag", "0"),
    When(
        lambda values: values.flag("delta_neutral_contract"),
        (Slot("neutral_contract_id", "integer"), *doubles("neutral_delta", "neutral_price")),
    ),
)
ALGO: tuple[Part, ...] = (
    Slot("algo_strategy"),
    When(lambda values: bool(values.text("algo_strategy")), (Repeat("algo_parameters", _TAG),)),
)
PEG_BENCHMARK = When(
    lambda values: pegged("BENCH", values),
    (
        Slot("reference_contract_id", "integer", "0"),
        Slot("pegged_change_decrease", "flag", "0"),
        *doubles("pegged_change", "reference_change", unset="0.0"),
        Slot("reference_exchange"),
    ),
)
CONDITIONS: tuple[Part, ...] = (
    Repeat(
        "conditions",
        (
            Slot("type", "integer"),
            Slot("conjunction"),
            When(_condition(1, 3, 4, 6, 7), (Slot("is_more", "flag", "0"), Slot("value"))),
            When(_condition(1, 6, 7), (Slot("contract_id", "integer"), Slot("exchange"))),
            When(_condition(1), (Slot("trigger_method", "integer", "0"),)),
            When(_condition(5), texts("sec_type", "exchange", "symbol")),
        ),
    ),
    When(
        lambda values: bool(values.get("conditions")),
        flags("conditions_ignore_rth", "conditions_cancel_order"),
    ),
)
