"""Recorded messages about the session and the account, decoded into the values our encoders take."""

from collections.abc import Mapping

from simulator.wire import messages
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
    return messages.account_value(version, key, value, currency, account)


def _portfolio_value(version: int, values: Values) -> bytes:
    values.integer()
    instrument = held_instrument(values)
    quantity, price, _value, average = values.number(), values.number(), values.number(), values.number()
    _unrealised, _realised, account = values.number(), values.number(), values.text()
    cost = average / instrument.multiplier
    return messages.portfolio_value(version, instrument, quantity, price, cost, account)


def _account_time(version: int, values: Values) -> bytes:
    values.integer()
    return messages.account_time(version, values.text())


def _account_download_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.account_download_end(version, values.text())


def _account_summary(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, tag = values.integer(), values.text(), values.text()
    return messages.account_summary(version, request_id, account, tag, values.text(), values.text())


def _account_summary_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.account_summary_end(version, values.integer())


def _update_multi(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, _model = values.integer(), values.text(), values.text()
    key, value, currency = values.text(), values.text(), values.text()
    return messages.account_update_multi(version, request_id, account, key, value, currency)


def _update_multi_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.account_update_multi_end(version, values.integer())


def _position(version: int, values: Values) -> bytes:
    values.integer()
    account, instrument = values.text(), held_instrument(values)
    quantity, average = values.number(), values.number()
    return messages.position(version, instrument, quantity, average / instrument.multiplier, account)


def _position_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.position_end(version)


def _position_multi(version: int, values: Values) -> bytes:
    values.integer()
    request_id, account, instrument = values.integer(), values.text(), held_instrument(values)
    quantity, average = values.number(), values.number()
    cost = average / instrument.multiplier
    return messages.position_multi(version, request_id, instrument, quantity, cost, account)


def _position_multi_end(version: int, values: Values) -> bytes:
    values.integer()
    return messages.position_multi_end(version, values.integer())


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
    102: _completed_orders_end,
    176: _hello,
}
