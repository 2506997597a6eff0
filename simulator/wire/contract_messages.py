"""Answers about contracts: details and symbol search."""

from collections.abc import Sequence

import msgspec

from market.instrument import Instrument
from simulator.wire.fields import UNSET_INTEGER, Field, message, number
from simulator.wire.versions import (
    BOND_ISSUER,
    FRACTIONAL_SIZES,
    INELIGIBILITY,
    LAST_TRADE_DATE,
    SIZE_RULES,
    STOCK_TYPE,
)


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What message 10 says of a contract beyond the instrument itself.

    `exchange` is the route asked for; `time_zone` IB's name of the zone; `last_trade` the date, and for
    futures the time and zone, of the last trade. `market_name` is the trading class where it is empty;
    `classification` is industry, category and subcategory, `security_ids` pairs of kind and number.
    """

    instrument: Instrument
    exchange: str
    time_zone: str
    trading_hours: str
    liquid_hours: str
    last_trade: str
    order_types: str
    under_symbol: str = ""
    under_sec_type: str = ""
    under_contract_id: int = 0
    market_name: str = ""
    classification: tuple[str, str, str] = ("", "", "")
    security_ids: tuple[tuple[str, str], ...] = ()
    stock_type: str = ""
    min_size: float = 1.0
    size_increment: float = 1.0
    suggested_increment: float = 1.0


def contract_details(version: int, request_id: int, details: Details) -> bytes:
    """Message 10. Funds, whose layout differs from 179 on, and bonds (message 18) are not served."""
    fields: list[Field] = [10]
    if version < SIZE_RULES:
        fields.append(8)
    fields += (request_id, *_identity(version, details), *_description(details), *_rules(version, details))
    return message(version, *fields)


def _identity(version: int, details: Details) -> list[Field]:
    it = details.instrument
    fields: list[Field] = [it.symbol, it.sec_type, details.last_trade]
    if version >= LAST_TRADE_DATE:
        fields.append(it.expiry)
    strike = number(it.strike) if it.strike else "0"
    fields += (strike, it.right, details.exchange, it.currency, it.local_symbol)
    fields += (
        details.market_name or it.trading_class,
        it.trading_class,
        it.contract_id,
        it.min_tick,
    )
    if version < SIZE_RULES:
        fields.append(1)  # mdSizeMultiplier: sizes are in shares, not in lots of a hundred
    return fields


def _description(details: Details) -> list[Field]:
    it = details.instrument
    derivative = it.sec_type in ("FUT", "CONTFUT", "OPT", "FOP")
    return [
        number(it.multiplier) if derivative else "",
        details.order_types,
        ",".join(it.valid_exchanges or (it.exchange,)),
        1,  # priceMagnifier
        details.under_contract_id,
        it.name,
        it.primary_exchange,
        it.expiry[:6],
        *details.classification,
        details.time_zone,
        details.trading_hours,
        details.liquid_hours,
        *("", ""),  # evRule, evMultiplier
        len(details.security_ids),
        *(text for pair in details.security_ids for text in pair),
    ]


def _rules(version: int, details: Details) -> list[Field]:
    it = details.instrument
    rules = ",".join(map(str, it.market_rule_ids))
    fields: list[Field] = [
        UNSET_INTEGER if it.sec_type in ("FUT", "CONTFUT", "CASH") else 1,  # aggGroup
        details.under_symbol,
        details.under_sec_type,
        rules,
        it.expiry,
    ]
    if version >= STOCK_TYPE:
        fields.append(details.stock_type)
    if FRACTIONAL_SIZES <= version < SIZE_RULES:
        fields.append(details.min_size)
    if version >= SIZE_RULES:
        fields += (details.min_size, details.size_increment, details.suggested_increment)
    if version >= INELIGIBILITY:
        fields.append(0)
    return fields


def contract_details_end(version: int, request_id: int) -> bytes:
    return message(version, 52, 1, request_id)


def symbol_samples(version: int, request_id: int, found: Sequence[tuple[Instrument, Sequence[str]]]) -> bytes:
    """Message 79: each instrument with the security types of its derivatives."""
    fields: list[Field] = [79, request_id, len(found)]
    for it, derivatives in found:
        fields += (it.contract_id, it.symbol, it.sec_type, it.primary_exchange or it.exchange, it.currency)
        fields += (len(derivatives), *derivatives)
        if version >= BOND_ISSUER:
            fields += (it.name, "")
    return message(version, *fields)
