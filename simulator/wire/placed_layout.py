"""How a client writes an order, in the server versions 151 to 200."""

from simulator.wire.layout import (
    Part,
    Slot,
    Values,
    When,
)
from simulator.wire.order_blocks import (
    ALGO,
    BOX,
    COMBINATION,
    CONDITIONS,
    DELTA_NEUTRAL_CONTRACT,
    HEDGE,
    HEDGE_OPTION,
    HEDGE_SHORT,
    PEG_BENCHMARK,
    SCALE,
    SHORT_SALE,
    STOCK_RANGE,
    doubles,
    flags,
    integers,
    pegged,
    texts,
)
from simulator.wire.versions import (
    ADVANCED_REJECT,
    ADVISER_PROFILE_GONE,
    AUTO_CANCEL_PARENT,
    CANCEL_WITHOUT_VERSION,
    CUSTOMER_ACCOUNT,
    IMBALANCE_ONLY,
    MANUAL_TIME,
    ORDER_DURATION,
    OVERNIGHT,
    PEG_OFFSETS,
    POST_TO_ATS,
    PROFESSIONAL,
    QUOTE_REQUEST,
    QUOTE_REQUEST_GONE,
)


def _is_bag(values: Values) -> bool:
    """Whether the order is for a combination."""
    return values.text("sec_type") == "BAG"


def _up_to_midpoint(values: Values) -> bool:
    offset = values.decimal("compete_against_best_offset")
    to_best = pegged("BEST", values) and offset is not None and offset.is_infinite()
    return to_best or pegged("MID", values)


_PLACED_CONTRACT: tuple[Part, ...] = (
    *integers("order_id", "contract_id"),
    *texts("symbol", "sec_type", "expiry"),
    Slot("strike", "decimal"),
    *texts("right", "multiplier", "exchange", "primary_exchange", "currency", "local_symbol"),
    *texts("trading_class", "security_id_type", "security_id"),
)
_PLACED_TERMS: tuple[Part, ...] = (
    Slot("action"),
    Slot("quantity", "decimal", "0"),
    Slot("order_type"),
    *doubles("limit", "stop"),
    *texts("tif", "oca_group", "account", "open_close"),
    *integers("origin"),
    Slot("order_ref"),
    *flags("transmit"),
    *integers("parent_id"),
    *flags("block_order", "sweep_to_fill"),
    *integers("display_size", "trigger_method"),
    *flags("outside_rth", "hidden"),
    When(_is_bag, COMBINATION),
)
_PLACED_RARER: tuple[Part, ...] = (
    Slot("shares_allocation"),
    Slot("discretionary_amount", "decimal", "0"),
    *texts("good_after", "good_till", "fa_group", "fa_method", "fa_percentage"),
    Slot("fa_profile", until=ADVISER_PROFILE_GONE),
    Slot("model_code"),
    *SHORT_SALE,
    *integers("oca_type"),
    *texts("rule_80a", "settling_firm"),
    *flags("all_or_none"),
    *integers("minimum_quantity", unset=""),
    *doubles("percent_offset"),
    *flags("electronic_only", "firm_quote_only"),
    *doubles("nbbo_price_cap"),
    *integers("auction_strategy"),
    *BOX,
    *STOCK_RANGE,
    *flags("override_percentage"),
    Slot("volatility", "double"),
    *integers("volatility_type"),
    Slot("delta_neutral_order_type"),
    Slot("delta_neutral_limit", "double"),
    When(
        lambda values: bool(values.text("delta_neutral_order_type")),
        (*HEDGE_OPTION, Slot("delta_neutral_open_close"), *HEDGE_SHORT),
    ),
    *flags("continuous_update"),
    *integers("reference_price_type"),
    *doubles("trail_stop", "trail_percent"),
    *SCALE,
    *texts("scale_table", "active_start", "active_stop"),
    *HEDGE,
    *flags("opt_out_smart_routing"),
    *texts("clearing_account", "clearing_intent"),
    *flags("not_held"),
    *DELTA_NEUTRAL_CONTRACT,
    *ALGO,
    Slot("algo_id"),
    *flags("what_if"),
    Slot("misc_options"),
    *flags("solicited", "randomize_size", "randomize_price"),
    PEG_BENCHMARK,
    *CONDITIONS,
    Slot("adjusted_order_type"),
    *doubles("trigger_price", "limit_offset", "adjusted_stop", "adjusted_stop_limit", "adjusted_trail"),
    *integers("adjusted_trail_unit"),
)
_PLACED_TAIL: tuple[Part, ...] = (
    *texts("external_operator", "soft_dollar_name", "soft_dollar_value"),
    Slot("cash_quantity", "decimal", "0"),
    *texts("decision_maker", "decision_algo", "execution_trader", "execution_algo"),
    *flags("no_auto_price_for_hedge", "oms_container", "discretionary_to_limit", "price_management"),
    Slot("duration", "integer", since=ORDER_DURATION),
    Slot("post_to_ats", "integer", since=POST_TO_ATS),
    Slot("auto_cancel_parent", "flag", "0", since=AUTO_CANCEL_PARENT),
    Slot("advanced_error_override", since=ADVANCED_REJECT),
    Slot("manual_time", since=MANUAL_TIME),
    When(
        lambda values: values.text("exchange") == "IBKRATS",
        integers("minimum_trade_quantity", unset=""),
        since=PEG_OFFSETS,
    ),
    When(
        lambda values: pegged("BEST", values),
        (Slot("minimum_compete_size", "integer"), Slot("compete_against_best_offset", "double")),
        since=PEG_OFFSETS,
    ),
    When(_up_to_midpoint, doubles("mid_offset_whole", "mid_offset_half"), since=PEG_OFFSETS),
    Slot("customer_account", since=CUSTOMER_ACCOUNT),
    Slot("professional", "flag", "0", since=PROFESSIONAL),
    Slot("quote_request", since=QUOTE_REQUEST, until=QUOTE_REQUEST_GONE),
    Slot("quote_request_number", "integer", since=QUOTE_REQUEST, until=QUOTE_REQUEST_GONE),
    Slot("include_overnight", "flag", "0", since=OVERNIGHT),
    Slot("manual_indicator", "integer", since=CANCEL_WITHOUT_VERSION),
    Slot("imbalance_only", "flag", "0", since=IMBALANCE_ONLY),
)
PLACE_ORDER: tuple[Part, ...] = (*_PLACED_CONTRACT, *_PLACED_TERMS, *_PLACED_RARER, *_PLACED_TAIL)
"""Message 3 to the server, behind its id."""
