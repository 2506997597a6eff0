"""What clients ask, decoded: one struct per request, one function that reads it.

Field orders are those the official clients of server versions 151 to 200 write. Fields behind the last one
read here (lists of options) are left alone.
"""

import msgspec

from simulator.wire.fields import FieldReader

NO_ID = -1


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as a client describes it; empty fields are left open."""

    contract_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    expiry: str = ""
    strike: float | None = None
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    include_expired: bool = False


class Request(msgspec.Struct, frozen=True):
    """What every request has; `request_id` is -1 for those that carry none."""

    request_id: int


class HistoricalDataRequest(Request, frozen=True):
    query: Query
    end: str
    bar_size: str
    duration: str
    regular_hours: bool
    what: str
    format_date: int
    keep_up_to_date: bool


class HeadTimestampRequest(Request, frozen=True):
    query: Query
    regular_hours: bool
    what: str
    format_date: int


class HistoricalTicksRequest(Request, frozen=True):
    query: Query
    start: str
    end: str
    number_of_ticks: int
    what: str
    regular_hours: bool
    ignore_size: bool


def read_query(reader: FieldReader) -> Query:
    """The twelve contract fields in the order that nearly every request has them."""
    return Query(
        contract_id=reader.integer("conId"),
        symbol=reader.text("symbol"),
        sec_type=reader.text("secType"),
        expiry=reader.text("lastTradeDateOrContractMonth"),
        strike=reader.number("strike") or None,
        right=reader.text("right"),
        multiplier=reader.text("multiplier"),
        exchange=reader.text("exchange"),
        primary_exchange=reader.text("primaryExchange"),
        currency=reader.text("currency"),
        local_symbol=reader.text("localSymbol"),
        trading_class=reader.text("tradingClass"),
    )


def query_with_expired(reader: FieldReader) -> Query:
    """The twelve contract fields and whether expired contracts count."""
    query = read_query(reader)
    return msgspec.structs.replace(query, include_expired=reader.flag("includeExpired"))


def skip_combo_legs(reader: FieldReader) -> None:
    """Pass over the legs of a combination."""
    for _ in range(reader.integer("comboLegsCount")):
        for name in ("conId", "ratio", "action", "exchange"):
            reader.text(name)


def historical_data(reader: FieldReader) -> HistoricalDataRequest:
    request_id, query = reader.integer("reqId"), query_with_expired(reader)
    end, bar_size, duration = (reader.text(n) for n in ("endDateTime", "barSizeSetting", "durationStr"))
    regular_hours, what = reader.flag("useRTH"), reader.text("whatToShow")
    format_date = reader.integer("formatDate", 1)
    if query.sec_type == "BAG":
        skip_combo_legs(reader)
    return HistoricalDataRequest(
        request_id,
        query,
        end,
        bar_size,
        duration,
        regular_hours,
        what,
        format_date,
        keep_up_to_date=reader.flag("keepUpToDate"),
    )


def head_timestamp(reader: FieldReader) -> HeadTimestampRequest:
    return HeadTimestampRequest(
        reader.integer("reqId"),
        query_with_expired(reader),
        reader.flag("useRTH"),
        reader.text("whatToShow"),
        reader.integer("formatDate", 1),
    )


def historical_ticks(reader: FieldReader) -> HistoricalTicksRequest:
    return HistoricalTicksRequest(
        reader.integer("reqId"),
        query_with_expired(reader),
        reader.text("startDateTime"),
        reader.text("endDateTime"),
        reader.integer("numberOfTicks"),
        reader.text("whatToShow"),
        reader.flag("useRth"),
        reader.flag("ignoreSize"),
    )


def plain(reader: FieldReader) -> Request:
    """A request whose content does not matter and that carries no id."""
    return Request(NO_ID)


def with_id(reader: FieldReader) -> Request:
    """A request that begins with its id."""
    return Request(reader.integer("reqId"))


def versioned_with_id(reader: FieldReader) -> Request:
    """A request that begins with a version and then has its id, or the one number it is about."""
    reader.integer("version")
    return Request(reader.integer("reqId"))
