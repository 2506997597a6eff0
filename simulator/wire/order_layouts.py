"""How clients are told of orders, in the server versions 151 to 200.

What a client places has the same names, so that an order is repeated by handing its values on. The text of an
unset field is the one seen in recorded messages.
"""

from simulator.wire.fields import UNSET_DOUBLE, UNSET_INTEGER
from simulator.wire.layout import (
    Part,
    Repeat,
    Slot,
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
    texts,
)
from simulator.wire.versions import (
    ADVISER_PROFILE_GONE,
    AUTO_CANCEL_PARENT,
    BOND_INTEREST,
    CUSTOMER_ACCOUNT,
    EXTERNAL_OPERATOR,
    IMBALANCE_ONLY,
    ORDER_DURATION,
    OVERNIGHT,
    PEG_OFFSETS,
    POST_TO_ATS,
    PRICE_REVISION,
    PROFESSIONAL,
    SUBMITTER,
    WIDE_PREVIEW,
)

_UNSET_LONG = "-9223372036854775808"
_NO_PARENT = "9223372036854775807"


def _volatility(*hedge: Part) -> tuple[Part, ...]:
    return (
        Slot("volatility", "double"),
        Slot("volatility_type", "integer", "0"),
        Slot("delta_neutral_order_type", unset="None"),
        Slot("delta_neutral_limit", "double"),
        When(lambda values: values.get("delta_neutral_order_type") != "", hedge),
        Slot("continuous_update", "flag", "0"),
        Slot("reference_price_type", "integer", "0"),
    )


_CONTRACT: tuple[Part, ...] = (
    *integers("contract_id"),
    *texts("symbol", "sec_type", "expiry"),
    Slot("strike", "decimal", "0"),
    Slot("right", unset="?"),
    *texts("multiplier", "exchange", "currency", "local_symbol", "trading_class"),
)
_TERMS: tuple[Part, ...] = (
    Slot("action"),
    Slot("quantity", "decimal", "0"),
    Slot("order_type"),
    *doubles("limit", "stop", unset="0.0"),
    *texts("tif", "oca_group", "account", "open_close"),
    *integers("origin"),
    Slot("order_ref"),
)
_IDENTITY: tuple[Part, ...] = (
    *integers("perm_id"),
    *flags("outside_rth", "hidden"),
    Slot("discretionary_amount", "decimal", "0"),
    Slot("good_after"),
)
_ADVISER: tuple[Part, ...] = (
    *texts("fa_group", "fa_method", "fa_percentage"),
    Slot("fa_profile", until=ADVISER_PROFILE_GONE),
    *texts("model_code", "good_till", "rule_80a"),
    *doubles("percent_offset"),
    Slot("settling_firm"),
    *SHORT_SALE,
)
_TRAIL = doubles("trail_stop", "trail_percent")
_DEAL: tuple[Part, ...] = (
    *texts("clearing_account"),
    Slot("clearing_intent", unset="IB"),
    *flags("not_held"),
)
_MARGINS = tuple(
    f"{what}_{when}"
    for when in ("before", "change", "after")
    for what in ("initial", "maintenance", "equity")
)
_STATE: tuple[Part, ...] = (
    *flags("what_if"),
    Slot("status"),
    *doubles(*_MARGINS, unset=UNSET_DOUBLE),
    *doubles("commission", "least_commission", "most_commission"),
    Slot("commission_currency"),
    When(
        lambda values: True,
        (
            Slot("margin_currency"),
            *doubles(*(f"{name}_outside_rth" for name in _MARGINS), unset=UNSET_DOUBLE),
            Slot("suggested_size", "decimal", _UNSET_LONG),
            Slot("reject_reason"),
            Repeat(
                "allocations",
                (
                    Slot("account"),
                    *(Slot(n, "decimal") for n in ("position", "desired", "after", "wanted", "allowed")),
                    Slot("monetary", "flag", "0"),
                ),
            ),
        ),
        since=WIDE_PREVIEW,
    ),
    Slot("warning"),
)
_PEG_OFFSETS: tuple[Part, ...] = (
    Slot("minimum_trade_quantity", "integer", since=PEG_OFFSETS),
    Slot("minimum_compete_size", "integer", since=PEG_OFFSETS),
    Slot("compete_against_best_offset", "double", since=PEG_OFFSETS),
    Slot("mid_offset_whole", "double", since=PEG_OFFSETS),
    Slot("mid_offset_half", "double", since=PEG_OFFSETS),
)
_CUSTOMER: tuple[Part, ...] = (
    Slot("customer_account", since=CUSTOMER_ACCOUNT),
    Slot("professional", "flag", "0", since=PROFESSIONAL),
)

OPEN_ORDER: tuple[Part, ...] = (
    *integers("order_id"),
    *_CONTRACT,
    *_TERMS,
    *integers("client_id"),
    *_IDENTITY,
    Slot("shares_allocation"),
    *_ADVISER,
    *integers("auction_strategy"),
    *BOX,
    *STOCK_RANGE,
    *integers("display_size", unset=UNSET_INTEGER),
    *flags("block_order", "sweep_to_fill", "all_or_none"),
    *integers("minimum_quantity", unset=""),
    *integers("oca_type", unset="3"),
    *flags("electronic_only", "firm_quote_only"),
    *doubles("nbbo_price_cap"),
    *integers("parent_id", "trigger_method"),
    *_volatility(*HEDGE_OPTION, Slot("delta_neutral_open_close", unset="?"), *HEDGE_SHORT),
    *_TRAIL,
    *doubles("basis_points"),
    *integers("basis_points_type", unset=""),
    Slot("legs_description"),
    *COMBINATION,
    *SCALE,
    *HEDGE,
    *flags("opt_out_smart_routing"),
    *_DEAL,
    *DELTA_NEUTRAL_CONTRACT,
    *ALGO,
    *flags("solicited"),
    *_STATE,
    *flags("randomize_size", "randomize_price"),
    PEG_BENCHMARK,
    *CONDITIONS,
    Slot("adjusted_order_type", unset="None"),
    *doubles("trigger_price", "start_stop", "limit_offset", unset=UNSET_DOUBLE),
    *doubles("adjusted_stop", "adjusted_stop_limit", "adjusted_trail", unset=UNSET_DOUBLE),
    *integers("adjusted_trail_unit"),
    *texts("soft_dollar_name", "soft_dollar_value", "soft_dollar_display"),
    Slot("cash_quantity", "decimal", "0"),
    Slot("no_auto_price_for_hedge", "flag", "1"),
    *flags("oms_container", "discretionary_to_limit", "price_management"),
    Slot("duration", "integer", since=ORDER_DURATION),
    Slot("post_to_ats", "integer", since=POST_TO_ATS),
    Slot("auto_cancel_parent", "flag", "0", since=AUTO_CANCEL_PARENT),
    *_PEG_OFFSETS,
    *_CUSTOMER,
    Slot("bond_interest", since=BOND_INTEREST),
    Slot("include_overnight", "flag", "0", since=OVERNIGHT),
    Slot("external_operator", since=EXTERNAL_OPERATOR),
    Slot("manual_indicator", "integer", UNSET_INTEGER, since=EXTERNAL_OPERATOR),
    Slot("submitter", since=SUBMITTER),
    Slot("imbalance_only", "flag", "0", since=IMBALANCE_ONLY),
)
"""Message 5."""

COMPLETED_ORDER: tuple[Part, ...] = (
    *_CONTRACT,
    *_TERMS,
    *_IDENTITY,
    *_ADVISER,
    *BOX,
    *STOCK_RANGE,
    *integers("display_size", unset=UNSET_INTEGER),
    *flags("sweep_to_fill", "all_or_none"),
    *integers("minimum_quantity", unset=""),
    *integers("oca_type", unset="3"),
    *integers("trigger_method"),
    *_volatility(*integers("delta_neutral_contract_id"), *HEDGE_SHORT),
    *_TRAIL,
    Slot("legs_description"),
    *COMBINATION,
    *SCALE,
    *HEDGE,
    *_DEAL,
    *DELTA_NEUTRAL_CONTRACT,
    *ALGO,
    *flags("solicited"),
    Slot("status"),
    *flags("randomize_size", "randomize_price"),
    PEG_BENCHMARK,
    *CONDITIONS,
    *doubles("start_stop", "limit_offset", unset=UNSET_DOUBLE),
    Slot("cash_quantity", "decimal", "0"),
    Slot("no_auto_price_for_hedge", "flag", "1"),
    *flags("oms_container"),
    Slot("auto_cancel_date"),
    Slot("filled", "decimal", "0"),
    *integers("reference_future", unset=UNSET_INTEGER),
    *flags("auto_cancel_parent"),
    Slot("shareholder", unset="Not an insider or substantial shareholder"),
    *flags("imbalance_only", "route_marketable_to_bbo"),
    *integers("parent_perm_id", unset=_NO_PARENT),
    *texts("completed_time", "completed_status"),
    *_PEG_OFFSETS,
    *_CUSTOMER,
    Slot("submitter", since=SUBMITTER),
)
"""Message 101."""

ORDER_STATUS: tuple[Part, ...] = (
    *integers("order_id"),
    Slot("status"),
    *(Slot(name, "decimal", "0") for name in ("filled", "remaining", "average_price")),
    *integers("perm_id", "parent_id"),
    Slot("last_price", "decimal", "0"),
    *integers("client_id"),
    Slot("why_held"),
    Slot("market_cap_price", "decimal", "0"),
)
"""Message 3 from the server."""

EXECUTION: tuple[Part, ...] = (
    *integers("request_id", "order_id", "contract_id"),
    *texts("symbol", "sec_type", "expiry"),
    Slot("strike", "double", "0.0"),
    *texts("right", "multiplier", "exchange", "currency", "local_symbol", "trading_class"),
    *texts("execution_id", "time", "account", "venue", "side"),
    *(Slot(name, "decimal", "0") for name in ("quantity", "price")),
    *integers("perm_id", "client_id", "liquidation"),
    *(Slot(name, "decimal", "0") for name in ("filled", "average_price")),
    *texts("order_ref", "economic_value_rule"),
    Slot("economic_value_multiplier", "double"),
    Slot("model_code"),
    *integers("liquidity"),
    Slot("pending_price_revision", "flag", "0", since=PRICE_REVISION),
    Slot("submitter", since=SUBMITTER),
)
"""Message 11."""

COMMISSION: tuple[Part, ...] = (
    *integers("layout_version", unset="1"),
    Slot("execution_id"),
    Slot("amount", "double"),
    Slot("currency"),
    *doubles("realised", "yield", unset=UNSET_DOUBLE),
    *integers("redemption_date", unset=""),
)
"""Message 59."""
