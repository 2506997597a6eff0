"""Recorded messages about prices, decoded into the values our encoders take."""

from collections.abc import Mapping

from simulator.model.api import BarData, QuoteTick, TradeTick
from simulator.wire import market_messages
from simulator.wire.market_messages import TickId
from tests.simulator.wire import whole_ticks
from tests.simulator.wire.recorded_values import Reader, Values

# Encoders send the time that stands in the frame; the ticks and bars themselves need none.
_NO_TIME = 0


def _tick_price(version: int, values: Values) -> bytes:
    values.integer()
    request_id, tick = values.integer(), TickId(values.integer())
    price, sized = values.number(), values.number()
    return market_messages.tick_price(version, request_id, tick, price, sized)


def _tick_size(version: int, values: Values) -> bytes:
    values.integer()
    return market_messages.tick_size(version, values.integer(), TickId(values.integer()), values.number())


def _tick_generic(version: int, values: Values) -> bytes:
    values.integer()
    return market_messages.tick_generic(version, values.integer(), TickId(values.integer()), values.number())


def _tick_string(version: int, values: Values) -> bytes:
    values.integer()
    return market_messages.tick_string(version, values.integer(), TickId(values.integer()), values.text())


def _snapshot_end(version: int, values: Values) -> bytes:
    values.integer()
    return market_messages.tick_snapshot_end(version, values.integer())


def _ohlc(values: Values) -> tuple[float, float, float, float]:
    return values.number(), values.number(), values.number(), values.number()


def _real_time_bar(version: int, values: Values) -> bytes:
    values.integer()
    request_id, seconds = values.integer(), values.integer()
    bar = BarData(_NO_TIME, *_ohlc(values), values.number(), values.number(), values.integer())
    return market_messages.real_time_bar(version, request_id, seconds, bar)


def _historical_data(version: int, values: Values) -> bytes:
    request_id, span = values.integer(), (values.text(), values.text())
    bars = [
        (
            values.text(),
            BarData(_NO_TIME, *_ohlc(values), values.number(), values.number(), values.integer()),
        )
        for _ in range(values.integer())
    ]
    return b"".join(market_messages.historical_data(version, request_id, span, bars))


def _historical_update(version: int, values: Values) -> bytes:
    """Its order is its own: count, time, open, close, high, low, average, volume."""
    request_id, count, text = values.integer(), values.integer(), values.text()
    start, close, high, low = _ohlc(values)
    average, volume = values.number(), values.number()
    bar = BarData(_NO_TIME, start, high, low, close, volume, average, count)
    return market_messages.historical_data_update(version, request_id, text, bar)


def _head_timestamp(version: int, values: Values) -> bytes:
    return market_messages.head_timestamp(version, values.integer(), str(values.integer()))


def _trade(values: Values, mask: int, price: float) -> TradeTick:
    return TradeTick(
        _NO_TIME,
        price,
        values.number(),
        venue=values.text(),
        conditions=values.text(),
        past_limit=bool(mask & 1),
        unreported=bool(mask & 2),
    )


def _quote(values: Values) -> QuoteTick:
    return QuoteTick(_NO_TIME, *_ohlc(values))


def _tick_by_tick(version: int, values: Values) -> bytes:
    request_id, kind, seconds = values.integer(), values.integer(), values.integer()
    if kind == 4:
        return whole_ticks.tick_by_tick_midpoint(version, request_id, seconds, values.number())
    if kind == 3:
        return whole_ticks.tick_by_tick_quote(version, request_id, seconds, _quote(values))
    price, sized, mask = values.number(), values.number(), values.integer()
    tick = TradeTick(
        _NO_TIME,
        price,
        sized,
        venue=values.text(),
        conditions=values.text(),
        past_limit=bool(mask & 1),
        unreported=bool(mask & 2),
    )
    return whole_ticks.tick_by_tick_last(version, request_id, kind, seconds, tick)


def _historical_midpoints(version: int, values: Values) -> bytes:
    request_id, ticks = values.integer(), list[tuple[int, float]]()
    for _ in range(values.integer()):
        seconds, _mask, price, _size = values.integer(), values.text(), values.number(), values.text()
        ticks.append((seconds, price))
    return market_messages.historical_midpoints(version, request_id, ticks)


def _historical_quotes(version: int, values: Values) -> bytes:
    request_id, ticks = values.integer(), list[tuple[int, QuoteTick]]()
    for _ in range(values.integer()):
        seconds, _mask = values.integer(), values.integer()
        ticks.append((seconds, _quote(values)))
    return market_messages.historical_quotes(version, request_id, ticks)


def _historical_trades(version: int, values: Values) -> bytes:
    request_id, ticks = values.integer(), list[tuple[int, TradeTick]]()
    for _ in range(values.integer()):
        seconds, mask, price = values.integer(), values.integer(), values.number()
        ticks.append((seconds, _trade(values, mask, price)))
    return market_messages.historical_trades(version, request_id, ticks)


READERS: Mapping[int, Reader] = {
    1: _tick_price,
    2: _tick_size,
    17: _historical_data,
    45: _tick_generic,
    46: _tick_string,
    50: _real_time_bar,
    57: _snapshot_end,
    88: _head_timestamp,
    90: _historical_update,
    96: _historical_midpoints,
    97: _historical_quotes,
    98: _historical_trades,
    99: _tick_by_tick,
}
