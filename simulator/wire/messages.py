"""Answers that belong to no market: errors, ids, times, ends of lists.

Every function takes the negotiated version first and returns a framed message. Where a message begins with
two numbers, the second is the version of its own layout, which the official clients still expect.
"""

from simulator.wire.fields import Field, message
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


def open_order_end(version: int) -> bytes:
    return message(version, 53, 1)


def execution_data_end(version: int, request_id: int) -> bytes:
    return message(version, 55, 1, request_id)


def completed_orders_end(version: int) -> bytes:
    """Message 102 has no version field."""
    return message(version, 102)
