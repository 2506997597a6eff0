"""How every object is written: one line of JSON, times in UTC with milliseconds, decimals as numbers."""

import functools
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
    return f"{_whole(time // times.SECOND)}.{time % times.SECOND // 1_000_000:03d}Z".replace(" ", "T")


def second(time: int) -> str:
    """The exchange's second, as IB's users write it: ``2026-01-05 14:30:00``."""
    return _whole(time // times.SECOND)


# Ticks of one second come together, and a calendar is costly.
@functools.lru_cache(maxsize=1024)
def _whole(seconds: int) -> str:
    return times.to_datetime(seconds * times.SECOND).strftime("%Y-%m-%d %H:%M:%S")
