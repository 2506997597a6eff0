"""Recorded messages about the session and the account, decoded into the values our encoders take."""

from collections.abc import Mapping

from simulator.wire import account_messages, messages
from simulator.wire.handshake import hello_reply
from tests.simulator.wire.recorded_values import Reader, Values, held_instrument


def _hello(version: int, values: Values) -> bytes:
    return hello_reply(version, values.text())


def _error(version: int, values: Values) -> bytes:
    values.integer()
    return messages.error(version, values.integer(), values.integer(), values.text(), time_ms=0)


def _next_valid_id(version: int, values: Values) -> bytes:
    values.integer()
    return messages.next_valid_id(version, values.integer())


def _managed_accounts(version: int, values: Values) -> bytes:
    values.integer()
    return messages.managed_accounts(version, values.text())


def _current_time(version: int, values: Values) -> bytes:
    values.integer()
    return messages.current_time(version, values.integer())


def _account_value(version: int, values: Values) -> bytes:
    values.integer()
    key, value, currency, account = values.text(), values.text(), values.text(), values.text()
    return account_messages.account_value(version, key, value, currency, account)


def _portfolio_value(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.portfolio_value(
        version,
        held_instrument(values),
        values.decimal(),
        price=values.decimal(),
        value=values.decimal(),
        average_cost=values.decimal(),
        unrealised=values.decimal(),
        realised=values.decimal(),
        account=values.text(),
    )


def _account_time(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.account_time(version, values.text())


def _account_download_end(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.account_download_end(version, values.text())


def _account_summary(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, tag = values.integer(), values.text(), values.text()
    return account_messages.account_summary(version, request_id, account, tag, values.text(), values.text())


def _account_summary_end(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.account_summary_end(version, values.integer())


def _update_multi(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, model = values.integer(), values.text(), values.text()
    line = values.text(), values.text(), values.text()
    return account_messages.account_update_multi(version, request_id, account, *line, model)


def _update_multi_end(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.account_update_multi_end(version, values.integer())


def _position(version: int, values: Values) -> bytes:
    values.integer()
    account, instrument = values.text(), held_instrument(values)
    return account_messages.position(version, account, instrument, values.decimal(), values.decimal())


def _position_end(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.position_end(version)


def _position_multi(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, instrument = values.integer(), values.text(), held_instrument(values)
    amounts = values.decimal(), values.decimal()
    return account_messages.position_multi(version, request_id, account, instrument, *amounts)


def _profit(version: int, values: Values) -> bytes:
    return account_messages.pnl(
        version, values.integer(), values.decimal(), values.decimal(), values.decimal()
    )


def _profit_of_one(version: int, values: Values) -> bytes:
    request_id, quantity, daily = values.integer(), values.decimal(), values.decimal()
    rest = values.decimal(), values.decimal(), values.decimal()
    return account_messages.pnl_single(version, request_id, quantity, daily, *rest)


def _position_multi_end(version: int, values: Values) -> bytes:
    values.integer()
    return account_messages.position_multi_end(version, values.integer())


def _open_order_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.open_order_end(version)


def _execution_data_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.execution_data_end(version, values.integer())


def _completed_orders_end(version: int, values: Values) -> bytes:
    return messages.completed_orders_end(version)


READERS: Mapping[int, Reader] = {
    4: _error,
    6: _account_value,
    7: _portfolio_value,
    8: _account_time,
    9: _next_valid_id,
    15: _managed_accounts,
    49: _current_time,
    53: _open_order_end,
    54: _account_download_end,
    55: _execution_data_end,
    61: _position,
    62: _position_end,
    63: _account_summary,
    64: _account_summary_end,
    71: _position_multi,
    72: _position_multi_end,
    73: _update_multi,
    74: _update_multi_end,
    94: _profit,
    95: _profit_of_one,
    102: _completed_orders_end,
    176: _hello,
}
