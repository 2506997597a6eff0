"""What clients ask of prices: lines, ticks, 5-second bars, depth, option calculations."""

from simulator.wire.fields import FieldReader
from simulator.wire.requests import Query, Request, read_query, skip_combo_legs


class MarketDataRequest(Request, frozen=True):
    """`generic_ticks` is the list as the client wrote it; a regulatory snapshot is one that costs a cent."""

    query: Query
    generic_ticks: str
    snapshot: bool
    regulatory: bool


class TickByTickRequest(Request, frozen=True):
    query: Query
    tick_type: str
    number_of_ticks: int
    ignore_size: bool


class RealTimeBarsRequest(Request, frozen=True):
    query: Query
    what: str
    regular_hours: bool


class DepthRequest(Request, frozen=True):
    """`rows` is the number of levels a side; with `smart` those of all exchanges together."""

    query: Query
    rows: int
    smart: bool


class CalculationRequest(Request, frozen=True):
    """`given` is the option's price, or the volatility; None where the client left a number out."""

    query: Query
    given: float | None
    under_price: float | None


def market_data(reader: FieldReader) -> MarketDataRequest:
    reader.integer("version")
    request_id = reader.integer("reqId")
    query = read_query(reader)
    if query.sec_type == "BAG":
        skip_combo_legs(reader)
    if reader.flag("deltaNeutralContract"):
        for name in ("conId", "delta", "price"):
            reader.text(name)
    return MarketDataRequest(
        request_id,
        query,
        reader.text("genericTickList"),
        reader.flag("snapshot"),
        reader.flag("regulatorySnapshot"),
    )


def tick_by_tick(reader: FieldReader) -> TickByTickRequest:
    return TickByTickRequest(
        reader.integer("reqId"),
        read_query(reader),
        reader.text("tickType"),
        reader.integer("numberOfTicks"),
        reader.flag("ignoreSize"),
    )


def real_time_bars(reader: FieldReader) -> RealTimeBarsRequest:
    reader.integer("version")
    request_id, query = reader.integer("reqId"), read_query(reader)
    reader.integer("barSize")  # IB ignores it: the bars are of 5 seconds
    return RealTimeBarsRequest(request_id, query, reader.text("whatToShow"), reader.flag("useRTH"))


def market_depth(reader: FieldReader) -> DepthRequest:
    reader.integer("version")
    request_id, query = reader.integer("reqId"), read_query(reader)
    return DepthRequest(request_id, query, reader.integer("numRows"), reader.flag("isSmartDepth"))


def calculation(reader: FieldReader) -> CalculationRequest:
    """Both calculations of an option have one layout."""
    reader.integer("version")
    request_id, query = reader.integer("reqId"), read_query(reader)
    return CalculationRequest(
        request_id, query, reader.number("optionPrice or volatility"), reader.number("underPrice")
    )
