"""Account lines, positions and profit; see `simulator.wire.messages`.

Amounts are written with the digits they come with: their owner rounds them.
"""

from decimal import Decimal

from market.instrument import Instrument
from simulator.wire.fields import UNSET_DOUBLE, Field, message, number
from simulator.wire.versions import FRACTIONAL_SIZES


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
    version: int, request_id: int, account: str, key: str, value: str, currency: str, model: str = ""
) -> bytes:
    return message(version, 73, 1, request_id, account, model, key, value, currency)


def account_update_multi_end(version: int, request_id: int) -> bytes:
    return message(version, 74, 1, request_id)


def portfolio_value(
    version: int,
    instrument: Instrument,
    quantity: Decimal,
    *,
    price: Decimal,
    value: Decimal,
    average_cost: Decimal,
    unrealised: Decimal,
    realised: Decimal,
    account: str,
) -> bytes:
    """Message 7. TWS writes right ``0`` for what has none; the average cost has the multiplier in it."""
    held = _held(instrument, instrument.right or "0")
    amounts = map(_text, (quantity, price, value, average_cost, unrealised, realised))
    return message(version, 7, 8, *held, *amounts, account)


def position(
    version: int, account: str, instrument: Instrument, quantity: Decimal, average_cost: Decimal
) -> bytes:
    held = _held(instrument, instrument.right)
    return message(version, 61, 3, account, *held, _text(quantity), _text(average_cost))


def position_end(version: int) -> bytes:
    return message(version, 62, 1)


def position_multi(
    version: int,
    request_id: int,
    account: str,
    instrument: Instrument,
    quantity: Decimal,
    average_cost: Decimal,
    model: str = "",
) -> bytes:
    held = _held(instrument, instrument.right)
    amounts = (_text(quantity), _text(average_cost))
    return message(version, 71, 3, request_id, account, *held, *amounts, model)


def position_multi_end(version: int, request_id: int) -> bytes:
    return message(version, 72, 1, request_id)


def pnl(version: int, request_id: int, daily: Decimal, unrealised: Decimal, realised: Decimal) -> bytes:
    """Message 94, of a whole account."""
    return message(version, 94, request_id, *map(_text, (daily, unrealised, realised)))


def pnl_single(
    version: int,
    request_id: int,
    quantity: Decimal,
    daily: Decimal | None,
    unrealised: Decimal | None,
    realised: Decimal | None,
    value: Decimal | None,
) -> bytes:
    """Message 95, of one contract; clients before 163 read the position as a whole number."""
    held = _text(quantity if version >= FRACTIONAL_SIZES else Decimal(int(quantity)))
    return message(version, 95, request_id, held, *map(_text, (daily, unrealised, realised, value)))


def _held(instrument: Instrument, right: str) -> tuple[Field, ...]:
    derivative = instrument.sec_type in ("FUT", "OPT", "FOP")
    return (
        instrument.contract_id,
        instrument.symbol,
        instrument.sec_type,
        instrument.expiry,
        repr(instrument.strike or 0.0),
        right,
        number(instrument.multiplier) if derivative else "",
        instrument.primary_exchange or instrument.exchange,
        instrument.currency,
        instrument.local_symbol,
        instrument.trading_class,
    )


def _text(amount: Decimal | None) -> str:
    return UNSET_DOUBLE if amount is None else format(amount, "f")
