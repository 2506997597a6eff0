"""IB's values and objects as events and instruments of ours: pure functions, no state."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ib_api._ibapi import (
    BarData,
    Contract,
    ContractDescription,
    ContractDetails,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
)
from ib_api.lines import UNSET, BarLine, present
from ib_api.zones import iana
from market.events import Bar, BarSource, DataType, Hours, Midpoint, Quote, Tick, TickType, Trade
from market.instrument import Instrument
from market.times import SECOND, from_datetime, trading_date

_DATE_DIGITS = 8
_BAR_FIELDS = 8
_MOMENT = re.compile(r"(\d{8})(?:(?:(-)|\s+)(\d\d:\d\d:\d\d)\s*(\S.*)?)?")
_UNSET_SIZE = 10**30


class BarSpec(NamedTuple):
    """What a historical request asked for; its bars say so."""

    contract_id: int
    exchange: str
    size: str
    what: str
    hours: Hours


class PriceStep(NamedTuple):
    """From the price `low_edge` on, up to the next step's, prices are multiples of `increment`."""

    low_edge: float
    increment: float


class TickSpec(NamedTuple):
    """What a request for historical ticks asked for."""

    contract_id: int
    exchange: str
    tick_type: TickType


def optional(number: float) -> float | None:
    """`None` for IB's "not set" and "not known" (-1: a MIDPOINT bar has no volume).

    >>> optional(0.0), optional(-1.0), optional(1.7976931348623157e308)
    (0.0, None, None)
    """
    return number if number != -1 and abs(number) < UNSET else None


def amount(money: float | None) -> float | None:
    """Profit or loss, of which every number can be one; `None` where IB has not set it.

    >>> amount(-1.0), amount(1.7976931348623157e308), amount(None)
    (-1.0, None, None)
    """
    return money if money is not None and abs(money) < UNSET else None


def level(price: float, size: Any) -> tuple[float, float]:
    """Price and size of a book's level; a binary message leaves out what a deletion does not need.

    >>> level(1.7976931348623157e308, Decimal(2**127 - 1)), level(99.5, 300)
    ((0.0, 0.0), (99.5, 300.0))
    """
    return amount(price) or 0.0, float(size) if size < _UNSET_SIZE else 0.0


def bar_start(text: str | bytes) -> int:
    """The start of a bar: seconds since 1970 (formatDate 2), a time with its zone (formatDate 1), or the date
    of a bar of a day and longer.

    Raise `ValueError` for a time of day without a zone: whose it is cannot be told.

    >>> bar_start("1767969000") == bar_start("20260109") + 52_200 * SECOND
    True
    >>> bar_start("20260109 09:30:00 US/Eastern") == bar_start("1767969000")
    True
    """
    if len(text) == _DATE_DIGITS:
        return trading_date(date(int(text[:4]), int(text[4:6]), int(text[6:])))
    try:
        return int(text) * SECOND
    except ValueError:
        return ib_time(text.decode() if isinstance(text, bytes) else text, None)


def ib_time(text: str, local: tzinfo | None = UTC) -> int:
    """Nanoseconds of ``20260402 09:30:00 US/Eastern``, ``20260402-13:30:00`` (UTC) or seconds since 1970.

    A text without a zone is of `local`, for IB that of the gateway; where that is `None`, and for an unknown
    zone, raise `ValueError`. Of an hour that a change of the clock repeats, the first is meant.

    >>> ib_time("20260402 09:30:00 US/Eastern") == ib_time("20260402-13:30:00")
    True
    """
    if text.isdigit() and len(text) != _DATE_DIGITS:
        return int(text) * SECOND
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time as IB writes it")
    day, utc, clock, name = match.groups()
    # A date alone is that of a trading day, which has no zone.
    zone = UTC if clock is None or utc else local
    if name:
        zone = _named_zone(name, text)
    if zone is None:
        raise ValueError(f"{text!r} is a time without a zone; ask with formatDate 2")
    text = f"{day} {clock or '00:00:00'}"
    return from_datetime(datetime.strptime(text, "%Y%m%d %H:%M:%S").replace(tzinfo=zone))


def _named_zone(name: str, text: str) -> tzinfo:
    if name == "Z":
        return UTC
    key = iana(name)
    if not key:
        raise ValueError(f"{text!r} names a time zone that is unknown here")
    return ZoneInfo(key)


def rows_of(fields: list[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The fields of a historical answer, bar by bar: time, four prices, volume, average, count.

    Row by row, since columns of a long answer do not fit into a processor's cache.
    """
    return zip(*[iter(fields)] * _BAR_FIELDS, strict=True)


def bars_of_fields(fields: list[bytes], spec: BarSpec, received: int) -> list[Bar]:
    """The bars of a historical answer from its fields.

    They are marked final; only the one who asked knows which still runs.
    """
    contract_id, exchange, size, what, hours = spec
    return [
        Bar(
            contract_id,
            exchange,
            bar_start(when),
            received,
            size,
            float(opened),
            float(high),
            float(low),
            float(close),
            optional(float(volume or b"-1")),
            optional(float(average or b"-1")),
            trades if (trades := int(count or b"-1")) >= 0 else None,
            True,
            what,
            hours,
        )
        for when, opened, high, low, close, volume, average, count in rows_of(fields)
    ]


def bar_of(bar: BarData, spec: BarSpec, received: int) -> Bar:
    """A bar of the official decoder; the volume-weighted price has two names."""
    average: Any = bar.wap if hasattr(bar, "wap") else getattr(bar, "average", -1)
    return Bar(
        spec.contract_id,
        spec.exchange,
        bar_start(bar.date),
        received,
        spec.size,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        optional(float(bar.volume)),
        optional(float(average)),
        bar.barCount if bar.barCount >= 0 else None,
        True,
        spec.what,
        spec.hours,
    )


def live_bar(
    line: BarLine,
    when: str | bytes,
    opened: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    average: float,
    count: int,
    received: int,
    *,
    final: bool,
) -> Bar:
    """A bar of a running stream: finished 5-second bars, or the running bar of a keep-up-to-date request."""
    source: BarSource = "rtbar" if final else "live"
    numbers = optional(volume), optional(average), count if count >= 0 else None
    return Bar(
        line.contract_id,
        line.exchange,
        bar_start(when),
        received,
        line.size,
        opened,
        high,
        low,
        close,
        *numbers,
        final,
        line.data,
        line.hours,
        source,
        line.data_type or DataType.LIVE,
    )


def running_bar(line: BarLine, bar: BarData, received: int) -> Bar:
    """An update of a keep-up-to-date request, from the official decoder."""
    spec = BarSpec(line.contract_id, line.exchange, line.size, line.data, line.hours)
    return replace(bar_of(bar, spec, received), final=False, source="live")


def trades_of(ticks: Sequence[HistoricalTickLast], spec: TickSpec, received: int) -> list[Tick]:
    """Historical prints."""
    kind: Literal["Last", "AllLast"] = "AllLast" if spec.tick_type == "AllLast" else "Last"
    return [
        Trade(
            spec.contract_id,
            spec.exchange,
            tick.time * SECOND,
            received,
            tick.price,
            optional(float(tick.size)),
            kind,
            tick.exchange,
            tick.specialConditions,
            tick.tickAttribLast.pastLimit,
            tick.tickAttribLast.unreported,
            "history",
        )
        for tick in ticks
    ]


def quotes_of(ticks: Sequence[HistoricalTickBidAsk], spec: TickSpec, received: int) -> list[Tick]:
    """Historical quotes; a side that was not there is `None`."""
    quotes: list[Tick] = []
    for tick in ticks:
        bid_size, ask_size = float(tick.sizeBid), float(tick.sizeAsk)
        has_bid, has_ask = present(tick.priceBid, bid_size), present(tick.priceAsk, ask_size)
        quotes.append(
            Quote(
                spec.contract_id,
                spec.exchange,
                tick.time * SECOND,
                received,
                tick.priceBid if has_bid else None,
                tick.priceAsk if has_ask else None,
                bid_size if has_bid else None,
                ask_size if has_ask else None,
                tick.tickAttribBidAsk.bidPastLow,
                tick.tickAttribBidAsk.askPastHigh,
                "history",
            )
        )
    return quotes


def midpoints_of(ticks: Sequence[HistoricalTick], spec: TickSpec, received: int) -> list[Tick]:
    """Historical midpoints."""
    return [
        Midpoint(spec.contract_id, spec.exchange, tick.time * SECOND, received, tick.price, "history")
        for tick in ticks
    ]


def instrument_of(details: ContractDetails) -> Instrument:
    """An instrument of contract details."""
    contract = details.contract
    return Instrument(
        **_identity(contract),
        name=details.longName,
        expiry=contract.lastTradeDateOrContractMonth.split(" ")[0],
        multiplier=float(contract.multiplier or 1),
        min_tick=details.minTick,
        time_zone=iana(details.timeZoneId),
        trading_hours=details.tradingHours.lstrip(";"),
        liquid_hours=details.liquidHours.lstrip(";"),
        market_rule_ids=tuple(int(each) for each in details.marketRuleIds.split(",") if each),
        valid_exchanges=tuple(each for each in details.validExchanges.split(",") if each),
    )


def instrument_of_sample(description: ContractDescription) -> Instrument:
    """An instrument of a symbol search, which knows little: no route, no hours."""
    contract = description.contract
    return Instrument(**_identity(contract), name=getattr(contract, "description", ""))


def _identity(contract: Contract) -> dict[str, Any]:  # the values differ in type, `Instrument` checks none
    strike = contract.strike
    return {
        "contract_id": contract.conId,
        "symbol": contract.symbol,
        "sec_type": contract.secType,
        "exchange": contract.exchange,
        "currency": contract.currency,
        "primary_exchange": contract.primaryExchange,
        "local_symbol": contract.localSymbol,
        "trading_class": contract.tradingClass,
        "strike": strike if 0 < strike < UNSET else None,
        "right": contract.right if contract.right in ("C", "P") else "",
    }


def quantity(value: Any) -> Decimal:
    """An order quantity: `Decimal` from one generation, `float` from the other, 0 where it is not set.

    >>> quantity(100.0), quantity(Decimal(2**127 - 1))
    (Decimal('100'), Decimal('0'))
    """
    number = value if isinstance(value, Decimal) else Decimal(f"{value:.12g}")
    return number if abs(number) < _UNSET_SIZE else Decimal(0)
