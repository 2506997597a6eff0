"""Bars of keep-up-to-date requests: each is told again and again as it grows, and never said to be over.

It is over when the next one begins. IB tells a bar for the last time when it is whole, so what was heard of
it last is all of it, unless the stream broke off meanwhile. Pure.
"""

from market.bar_size import BarSize
from market.events import Bar, StreamChanged

_Key = tuple[int, str, str, str, str]


class KeptBars:
    """Remembers the running bar of each stream.

    >>> from market.events import Bar
    >>> def bar(time: int, close: float) -> Bar:
    ...     return Bar(1, "SMART", time, 0, "1m", 1, 9, 1, close, 5, 2, 1, final=False, source="live")
    >>> kept = KeptBars()
    >>> kept.take(bar(0, 2)), kept.take(bar(0, 3))
    (None, None)
    >>> kept.take(bar(60, 4)).close
    3
    """

    def __init__(self) -> None:
        self._running: dict[_Key, Bar] = {}

    def take(self, bar: Bar) -> Bar | None:
        """Give the bar that is complete now that `bar` has been heard, if there is one."""
        key = bar.contract_id, bar.exchange, bar.size, bar.what, bar.hours
        before = self._running.get(key)
        if before is not None and bar.time < before.time:
            return None
        self._running[key] = bar
        return None if before is None or before.time == bar.time else before

    def broke(self, change: StreamChanged) -> list[Bar]:
        """The stream broke off: give what was over by then; what still ran is for history."""
        route = change.contract_id, change.exchange, change.kind
        broken = [self._running.pop(key) for key in list(self._running) if key[:3] == route]
        return [bar for bar in broken if bar.time + BarSize.parse(bar.size).nanoseconds <= change.time]
