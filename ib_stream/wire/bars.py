"""Bars as JSON: `final` tells one that is over from one that still runs, `source` who made it."""

from typing import Any

from ib_stream.wire.encoding import line, milliseconds, second
from market.events import Bar
from market.times import SECOND


def bar_message(bar: Bar) -> dict[str, Any]:
    """The object of one `data:` line; its `timestamp` inside and `unix_time` are the bar's start."""
    return {
        "type": "bar",
        "contract_id": bar.contract_id,
        "timestamp": milliseconds(bar.received),
        "data": {
            "size": bar.size,
            "timestamp": second(bar.time),
            "unix_time": bar.time // SECOND,
            "open": bar.open,
            "high": bar.high,
            "low": bar.low,
            "close": bar.close,
            "volume": bar.volume,
            "average": bar.average,
            "count": bar.count,
            "final": bar.final,
            "what": bar.what,
            "hours": bar.hours,
            "source": bar.source,
            "data_type": bar.data_type.label,
        },
    }


def bar_line(bar: Bar) -> bytes:
    """`bar_message` as one line of JSON, without its line end."""
    return line(bar_message(bar))


def candle_line(bar: Bar, end: int) -> bytes:
    """A bar of a chart's time frame, which is over at `end`, UTC nanoseconds."""
    message = bar_message(bar)
    return line({**message, "type": "candle", "data": {**message["data"], "end": end // SECOND}})
