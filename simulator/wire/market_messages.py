"""Answers about prices: the market-data line, tick-by-tick, bars, historical ticks."""

from collections.abc import Sequence
from enum import IntEnum

from simulator.model.api import BarData, QuoteTick, TradeTick
from simulator.wire.fields import Field, message, number, size
from simulator.wire.framing import frame
from simulator.wire.versions import HISTORICAL_DATA_END

_AVERAGE_DECIMALS = 8


class TickId(IntEnum):
    """What a value on a market-data line is; the delayed ids are 66 and up."""

    BID_SIZE = 0
    BID = 1
    ASK = 2
    ASK_SIZE = 3
    LAST = 4
    LAST_SIZE = 5
    HIGH = 6
    LOW = 7
    VOLUME = 8
    CLOSE = 9
    BID_OPTION = 10
    ASK_OPTION = 11
    LAST_OPTION = 12
    MODEL_OPTION = 13
    OPEN = 14
    LOW_13_WEEK = 15
    HIGH_13_WEEK = 16
    LOW_26_WEEK = 17
    HIGH_26_WEEK = 18
    LOW_52_WEEK = 19
    HIGH_52_WEEK = 20
    AVERAGE_VOLUME = 21
    HISTORICAL_VOLATILITY = 23
    IMPLIED_VOLATILITY = 24
    CALL_OPEN_INTEREST = 27
    PUT_OPEN_INTEREST = 28
    CALL_VOLUME = 29
    PUT_VOLUME = 30
    INDEX_FUTURE_PREMIUM = 31
    BID_EXCHANGE = 32
    ASK_EXCHANGE = 33
    MARK_PRICE = 37
    LAST_TIMESTAMP = 45
    SHORTABLE = 46
    RT_VOLUME = 48
    HALTED = 49
    CUSTOM_OPTION = 53
    TRADE_COUNT = 54
    TRADE_RATE = 55
    VOLUME_RATE = 56
    LAST_REGULAR_TRADE = 57
    RT_HISTORICAL_VOLATILITY = 58
    DIVIDENDS = 59
    VOLUME_3_MINUTES = 63
    VOLUME_5_MINUTES = 64
    VOLUME_10_MINUTES = 65
    DELAYED_BID = 66
    DELAYED_ASK = 67
    DELAYED_LAST = 68
    DELAYED_BID_SIZE = 69
    DELAYED_ASK_SIZE = 70
    DELAYED_LAST_SIZE = 71
    DELAYED_HIGH = 72
    DELAYED_LOW = 73
    DELAYED_VOLUME = 74
    DELAYED_CLOSE = 75
    DELAYED_OPEN = 76
    RT_TRADE_VOLUME = 77
    DELAYED_BID_OPTION = 80
    DELAYED_ASK_OPTION = 81
    DELAYED_LAST_OPTION = 82
    DELAYED_MODEL_OPTION = 83
    LAST_EXCHANGE = 84
    FUTURES_OPEN_INTEREST = 86
    AVERAGE_OPTION_VOLUME = 87
    DELAYED_LAST_TIMESTAMP = 88
    SHORTABLE_SHARES = 89

    def delayed(self) -> "TickId":
        """The id under which delayed data carries the same value.

        >>> TickId.LAST.delayed().name
        'DELAYED_LAST'
        """
        return TickId["DELAYED_" + self.name]


def tick_price(version: int, request_id: int, tick: TickId, price: float, sized: float) -> bytes:
    """Message 1: a price with its size. The clients call `tickSize` from it, so no message 2 follows.

    The mask says that bids and asks can be executed automatically, as for any ordinary market.
    """
    automatic = 1 if tick == 1 or tick == 2 else 0
    text = f"1\0006\0{request_id}\0{tick:d}\0{number(price)}\0{size(sized, version)}\0{automatic}\0"
    return frame(text.encode())


def tick_size(version: int, request_id: int, tick: TickId, value: float) -> bytes:
    return frame(f"2\0006\0{request_id}\0{tick:d}\0{size(value, version)}\0".encode())


def tick_generic(version: int, request_id: int, tick: TickId, value: float) -> bytes:
    return message(version, 45, 6, request_id, int(tick), value)


def tick_string(version: int, request_id: int, tick: TickId, value: str) -> bytes:
    return message(version, 46, 6, request_id, int(tick), value)


def tick_snapshot_end(version: int, request_id: int) -> bytes:
    return message(version, 57, 1, request_id)


def market_data_type(version: int, request_id: int, data_type: int) -> bytes:
    return message(version, 58, 1, request_id, data_type)


def tick_request_parameters(version: int, request_id: int, min_tick: float, bbo_exchange: str) -> bytes:
    """Message 81; snapshot permission 3 is that of an account that may take regulatory snapshots."""
    return message(version, 81, request_id, min_tick, bbo_exchange, 3)


def _trade_mask(tick: TradeTick) -> int:
    return tick.past_limit | tick.unreported << 1


def tick_by_tick_head(request_id: int, kind: int) -> bytes:
    """How message 99 begins; `kind` is 1 for Last, 2 for AllLast, 3 for BidAsk, 4 for MidPoint."""
    return f"99\0{request_id}\0{kind}\0".encode()


def trade_rest(version: int, seconds: int, tick: TradeTick) -> bytes:
    """The rest of message 99 for a print: the same for every request, and for Last and AllLast."""
    sized, mask = size(tick.size, version), _trade_mask(tick)
    return f"{seconds}\0{number(tick.price)}\0{sized}\0{mask}\0{tick.venue}\0{tick.conditions}\0".encode()


def quote_rest(version: int, seconds: int, tick: QuoteTick) -> bytes:
    """The rest of message 99 for a quote."""
    sizes = f"{size(tick.bid_size, version)}\0{size(tick.ask_size, version)}"
    return f"{seconds}\0{number(tick.bid)}\0{number(tick.ask)}\0{sizes}\0000\0".encode()


def midpoint_rest(seconds: int, midpoint: float) -> bytes:
    """The rest of message 99 for a midpoint."""
    return f"{seconds}\0{number(midpoint)}\0".encode()


def _average(bar: BarData) -> str:
    """The volume-weighted price as IB writes it: rounded, while the market behind the gateway is exact.

    TWS writes a few decimals more than the tick has (184.869 and 183.9865 were seen for a tick of a cent).
    Eight are six more than a cent has, and no fewer than any price: a rounded average stays between low and
    high.
    """
    return number(round(bar.average, _AVERAGE_DECIMALS))


def real_time_bar(version: int, request_id: int, seconds: int, bar: BarData) -> bytes:
    prices = (bar.open, bar.high, bar.low, bar.close)
    return message(
        version, 50, 3, request_id, seconds, *prices, size(bar.volume, version), _average(bar), bar.count
    )


Span = tuple[str, str]
"""The first and last moment of an answer, as IB writes them."""


def historical_data(
    version: int, request_id: int, span: Span, bars: Sequence[tuple[str, BarData]]
) -> list[bytes]:
    """Message 17, bars with the text of their date; from 196 on the span comes behind in message 108."""
    apart = version >= HISTORICAL_DATA_END
    fields: list[Field] = [request_id, *(() if apart else span), len(bars)]
    for text, bar in bars:
        fields += (text, bar.open, bar.high, bar.low, bar.close)
        fields += (size(bar.volume, version), _average(bar), bar.count)
    answer = [message(version, 17, *fields)]
    return [*answer, message(version, 108, request_id, *span)] if apart else answer


def historical_data_update(version: int, request_id: int, text: str, bar: BarData) -> bytes:
    """Message 90; its order of fields is its own."""
    prices = (bar.open, bar.close, bar.high, bar.low)
    return message(
        version, 90, request_id, bar.count, text, *prices, _average(bar), size(bar.volume, version)
    )


def head_timestamp(version: int, request_id: int, text: str) -> bytes:
    return message(version, 88, request_id, text)


def historical_midpoints(version: int, request_id: int, ticks: Sequence[tuple[int, float]]) -> bytes:
    """Message 96: seconds and price; its sizes are always 0."""
    fields: list[Field] = []
    for seconds, price in ticks:
        fields += (seconds, 0, price, 0)
    return message(version, 96, request_id, len(ticks), *fields, 1)


def historical_quotes(version: int, request_id: int, ticks: Sequence[tuple[int, QuoteTick]]) -> bytes:
    """Message 97."""
    fields: list[Field] = []
    for seconds, tick in ticks:
        fields += (seconds, 0, tick.bid, tick.ask, size(tick.bid_size, version), size(tick.ask_size, version))
    return message(version, 97, request_id, len(ticks), *fields, 1)


def historical_trades(version: int, request_id: int, ticks: Sequence[tuple[int, TradeTick]]) -> bytes:
    """Message 98."""
    fields: list[Field] = []
    for seconds, tick in ticks:
        fields += (seconds, _trade_mask(tick), tick.price, size(tick.size, version))
        fields += (tick.venue, tick.conditions)
    return message(version, 98, request_id, len(ticks), *fields, 1)
