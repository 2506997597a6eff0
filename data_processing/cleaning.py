"""Make bars fit to store: sentinels become missing values, what cannot be true is counted and left out."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from market.bar_size import BarSize
from market.broker import BarRequest
from market.events import Bar
from market.instrument import Instrument

# IB's "no value" of doubles (1.79e308) and of decimals (2**127 - 1): no price or volume comes near either.
_UNSET = 1e30


def clean_bars(
    bars: Sequence[Bar], instrument: Instrument, request: BarRequest, now: int
) -> tuple[list[Bar], Counter[str]]:
    """The bars in order of time, and how many were left out or put right, by reason.

    A bar that is still running at `now` is not final, whatever its sender says.
    """
    faults = Counter[str]()
    found = dict[int, Bar]()
    for bar in bars:
        fault = _fault(bar, instrument, request)
        if fault is None and bar.time in found:
            fault = "duplicate"
            found[bar.time] = bar
        if fault is not None:
            faults[fault] += 1
            continue
        found[bar.time] = bar
    times = list(found)
    faults["unsorted"] += sum(later < earlier for earlier, later in pairwise(times))
    return [_put_right(found[time], request.size, now) for time in sorted(times)], +faults


def _fault(bar: Bar, instrument: Instrument, request: BarRequest) -> str | None:
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(math.isfinite(price) and abs(price) < _UNSET for price in prices):
        return "missing price"
    # A BID_ASK bar holds averages and extremes of two sides and keeps no such order.
    if request.what != "BID_ASK" and not (bar.low <= min(prices) and max(prices) <= bar.high):
        return "impossible prices"
    if not request.start <= bar.time < request.end:
        return "out of range"
    if (bar.contract_id, bar.exchange, bar.size) != (
        instrument.contract_id,
        instrument.exchange,
        request.size.name,
    ):
        return "another series"
    return None


def _put_right(bar: Bar, size: BarSize, now: int) -> Bar:
    volume = _known(bar.volume)
    # IB sends -1 for all three where there are no trades; an average alone may be below zero, as prices may.
    average = None if volume is None else bar.average
    return msgspec.structs.replace(
        bar,
        volume=volume,
        average=average if average is not None and abs(average) < _UNSET else None,
        count=bar.count if bar.count is not None and bar.count >= 0 else None,
        final=bar.final and bar.time + size.nanoseconds <= now,
    )


def _known(volume: float | None) -> float | None:
    return volume if volume is not None and 0 <= volume < _UNSET else None
