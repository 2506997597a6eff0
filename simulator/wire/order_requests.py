"""What clients ask about orders, decoded; every field that the official clients write is read."""

from simulator.wire.fields import FieldReader
from simulator.wire.layout import Values, read_parts
from simulator.wire.placed_layout import PLACE_ORDER
from simulator.wire.requests import NO_ID, Query, Request
from simulator.wire.versions import (
    CANCEL_WITHOUT_VERSION,
    DAYS_OF_EXECUTIONS,
    MANUAL_TIME,
    QUOTE_REQUEST,
    QUOTE_REQUEST_GONE,
)


class PlaceOrderRequest(Request, frozen=True):
    """The request id is the order's; `terms` is all that was said of it, by the names of the layouts."""

    query: Query
    terms: Values


class ExecutionsRequest(Request, frozen=True, kw_only=True):
    """Which executions are asked for; what is empty does not matter.

    `time` is IB's text of the first moment. `last_days` counts days including today, `dates` are written
    yyyymmdd; both only from server version 200 on.
    """

    client_id: int = 0
    account: str = ""
    time: str = ""
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    side: str = ""
    last_days: int = 0
    dates: tuple[str, ...] = ()


class BindRequest(Request, frozen=True):
    """Whether orders made in TWS itself are to be bound to this client."""

    bind: bool


def place_order(reader: FieldReader) -> PlaceOrderRequest:
    terms = read_parts(reader, PLACE_ORDER)
    return PlaceOrderRequest(terms.integer("order_id"), _query(terms), terms)


def _query(terms: Values) -> Query:
    strike = terms.decimal("strike")
    return Query(
        contract_id=terms.integer("contract_id"),
        symbol=terms.text("symbol"),
        sec_type=terms.text("sec_type"),
        expiry=terms.text("expiry"),
        strike=float(strike) if strike else None,
        right=terms.text("right"),
        multiplier=terms.text("multiplier"),
        exchange=terms.text("exchange"),
        primary_exchange=terms.text("primary_exchange"),
        currency=terms.text("currency"),
        local_symbol=terms.text("local_symbol"),
        trading_class=terms.text("trading_class"),
    )


def _skip(reader: FieldReader, *names: str) -> None:
    for name in names:
        reader.text(name)


def cancel_order(reader: FieldReader) -> Request:
    """The id is the order's. Who cancelled by hand and when is for regulators, whom nobody simulates."""
    if reader.version < CANCEL_WITHOUT_VERSION:
        reader.integer("version")
    request = Request(reader.integer("orderId"))
    if reader.version >= MANUAL_TIME:
        _skip(reader, "manualOrderCancelTime")
    if QUOTE_REQUEST <= reader.version < QUOTE_REQUEST_GONE:
        _skip(reader, "quoteRequest", "quoteRequester", "quoteRequestNumber")
    if reader.version >= CANCEL_WITHOUT_VERSION:
        _skip(reader, "extOperator", "manualOrderIndicator")
    return request


def cancel_all(reader: FieldReader) -> Request:
    if reader.version >= CANCEL_WITHOUT_VERSION:
        _skip(reader, "extOperator", "manualOrderIndicator")
    else:
        reader.integer("version")
    return Request(NO_ID)


def auto_open_orders(reader: FieldReader) -> BindRequest:
    reader.integer("version")
    return BindRequest(NO_ID, reader.flag("autoBind"))


def completed_orders(reader: FieldReader) -> Request:
    """Whether only orders of API clients are wanted does not matter: there are no others."""
    reader.flag("apiOnly")
    return Request(NO_ID)


def executions(reader: FieldReader) -> ExecutionsRequest:
    reader.integer("version")
    request_id, client_id = reader.integer("reqId"), reader.integer("clientId")
    account, time, symbol, sec_type, exchange, side = (
        reader.text(name) for name in ("acctCode", "time", "symbol", "secType", "exchange", "side")
    )
    last_days = 0
    dates: tuple[str, ...] = ()
    if reader.version >= DAYS_OF_EXECUTIONS:
        last_days = reader.integer("lastNDays")
        dates = tuple(reader.text("specificDate") for _ in range(reader.integer("specificDatesCount")))
    return ExecutionsRequest(
        request_id,
        client_id=client_id,
        account=account,
        time=time,
        symbol=symbol,
        sec_type=sec_type,
        exchange=exchange,
        side=side,
        last_days=last_days,
        dates=dates,
    )
