"""Answers that belong to no market: errors, ids, times, account, positions, ends of lists.

Every function takes the negotiated version first and returns a framed message. Where a message begins with
two numbers, the second is the version of its own layout, which the official clients still expect.
"""

from market.instrument import Instrument
from simulator.wire.fields import Field, message, number, size
from simulator.wire.versions import ADVANCED_REJECT, ERROR_TIME


def error(version: int, request_id: int, code: int, text: str, time_ms: int) -> bytes:
    """Message 4; `time_ms` reaches clients of 194 and later."""
    fields: list[Field] = [request_id, code, text]
    if version >= ADVANCED_REJECT:
        fields.append("")
    if version >= ERROR_TIME:
        return message(version, 4, *fields, time_ms)
    return message(version, 4, 2, *fields)


def next_valid_id(version: int, order_id: int) -> bytes:
    return message(version, 9, 1, order_id)


def managed_accounts(version: int, account: str) -> bytes:
    return message(version, 15, 1, account)


def current_time(version: int, seconds: int) -> bytes:
    return message(version, 49, 1, seconds)


def current_time_in_millis(version: int, millis: int) -> bytes:
    return message(version, 109, millis)


def user_info(version: int, request_id: int) -> bytes:
    """Message 107; the branding id of an ordinary customer is empty."""
    return message(version, 107, request_id, "")


def account_value(version: int, key: str, value: str, currency: str, account: str) -> bytes:
    return message(version, 6, 2, key, value, currency, account)


def account_time(version: int, text: str) -> bytes:
    return message(version, 8, 1, text)


def account_download_end(version: int, account: str) -> bytes:
    return message(version, 54, 1, account)


def account_summary(
    version: int, request_id: int, account: str, tag: str, value: str, currency: str
) -> bytes:
    return message(version, 63, 1, request_id, account, tag, value, currency)


def account_summary_end(version: int, request_id: int) -> bytes:
    return message(version, 64, 1, request_id)


def account_update_multi(
    version: int, request_id: int, account: str, key: str, value: str, currency: str
) -> bytes:
    return message(version, 73, 1, request_id, account, "", key, value, currency)


def account_update_multi_end(version: int, request_id: int) -> bytes:
    return message(version, 74, 1, request_id)


def _expiry_and_strike(instrument: Instrument) -> tuple[Field, ...]:
    return (instrument.expiry, instrument.strike or "0.0")


def _multiplier(instrument: Instrument) -> str:
    return number(instrument.multiplier) if instrument.sec_type in ("FUT", "OPT", "FOP") else ""


def _held(instrument: Instrument) -> tuple[Field, ...]:
    return (
        instrument.contract_id,
        instrument.symbol,
        instrument.sec_type,
        *_expiry_and_strike(instrument),
        instrument.right,
        _multiplier(instrument),
        instrument.primary_exchange or instrument.exchange,
        instrument.currency,
        instrument.local_symbol,
        instrument.trading_class,
    )


def portfolio_value(
    version: int, instrument: Instrument, quantity: float, price: float, cost: float, account: str
) -> bytes:
    """Message 7; `cost` is the average per unit. TWS writes right ``0`` for what has none."""
    unit = instrument.multiplier
    held = list(_held(instrument))
    held[5] = instrument.right or "0"
    pnl = quantity * (price - cost) * unit
    value = quantity * price * unit
    amounts = (size(quantity, version), price, round(value, 2), cost * unit, round(pnl, 2), 0.0)
    return message(version, 7, 8, *held, *amounts, account)


def position(version: int, instrument: Instrument, quantity: float, cost: float, account: str) -> bytes:
    held = _held(instrument)
    return message(version, 61, 3, account, *held, size(quantity, version), cost * instrument.multiplier)


def position_end(version: int) -> bytes:
    return message(version, 62, 1)


def position_multi(
    version: int, request_id: int, instrument: Instrument, quantity: float, cost: float, account: str
) -> bytes:
    held = _held(instrument)
    average = cost * instrument.multiplier
    return message(version, 71, 3, request_id, account, *held, size(quantity, version), average, "")


def position_multi_end(version: int, request_id: int) -> bytes:
    return message(version, 72, 1, request_id)


def open_order_end(version: int) -> bytes:
    return message(version, 53, 1)


def execution_data_end(version: int, request_id: int) -> bytes:
    return message(version, 55, 1, request_id)


def completed_orders_end(version: int) -> bytes:
    """Message 102 has no version field."""
    return message(version, 102)
