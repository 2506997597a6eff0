"""Forecasts as JSON: the bar that is expected, its quantiles, who spoke, and how it held so far."""

from typing import Any

from ib_stream.wire.encoding import line, milliseconds, second
from market.events import Prediction
from market.times import SECOND


def prediction_message(told: Prediction) -> dict[str, Any]:
    """The object of one `data:` line; `timestamp` inside and `unix_time` are the start of the bar to come,
    `after` that of the last bar that was known."""
    return {
        "type": "prediction",
        "contract_id": told.contract_id,
        "timestamp": milliseconds(told.received),
        "data": {
            "size": told.size,
            "timestamp": second(told.time),
            "unix_time": told.time // SECOND,
            "after": told.last // SECOND,
            "open": told.open,
            "high": told.high,
            "low": told.low,
            "close": told.close,
            "volume": told.volume,
            "levels": told.levels,
            "closes": told.closes,
            "ranges": told.ranges,
            "volumes": told.volumes,
            "path": told.path,
            "model": told.model,
            "champions": dict(told.champions),
            "coverage": {"inside": told.inside, "compared": told.compared},
            "flags": told.flags,
        },
    }


def prediction_line(told: Prediction) -> bytes:
    """`prediction_message` as one line of JSON, without its line end."""
    return line(prediction_message(told))
