"""How every object is written: one line of JSON, times in UTC with milliseconds, decimals as numbers."""

from typing import Any

import msgspec

from market import times

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def line(message: dict[str, Any]) -> bytes:
    """One line of JSON, without its line end."""
    return _ENCODER.encode(message)


def milliseconds(time: int) -> str:
    """``2026-01-05T14:30:00.123Z``.

    >>> milliseconds(1_705_319_400_123_456_789)
    '2024-01-15T11:50:00.123Z'
    """
    return times.to_datetime(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def second(time: int) -> str:
    """The exchange's second, as IB's users write it: ``2026-01-05 14:30:00``."""
    return times.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S")
