"""How much one request may ask for and how long it takes, learned from the gateway that is asked.

IB documents what it serves for certain (`MarketData.max_span`), and many accounts get more. So the length
of a request begins there, doubles while answers are quick, and is halved by slow ones, by refusals and by
silence.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from data_storage.atomic import replacing
from market.bar_size import BarSize

FILE = "pace.json"
GUESS = 3.0
"""Seconds that a request is taken to last until one was measured."""

_QUICK, _SLOW = 5.0, 20.0
_LONGEST, _SHORTEST = 16, 4
"""As many times as long, and as short, as what is served for certain."""

_WEIGHT = 0.2
"""What the newest measurement counts in the mean: about the last ten matter."""


def no_rule(size: BarSize, what: str) -> float:
    """The spacing of a broker that has no rule."""
    return 0.0


class _Learned(msgspec.Struct):
    span: int = 0
    seconds: float | None = None


class Pace:
    """What was learned, by bar size and kind of data; kept in `path` where one is given.

    `spacing` gives the seconds that the broker's rules put between two requests in the long run.
    """

    def __init__(self, path: Path | None = None, spacing: Callable[[BarSize, str], float] = no_rule) -> None:
        self._path = path
        self._spacing = spacing
        self._learned = _load(path)
        self._refused = dict[str, int]()

    def span(self, size: BarSize, what: str, certain: int) -> int:
        """How much time the next request may ask for, in nanoseconds, where `certain` is served for sure."""
        learned = self._of(size, what)
        span = min(max(learned.span or certain, certain // _SHORTEST), certain * _LONGEST)
        return max(span, size.nanoseconds)

    def seconds(self, size: BarSize, what: str) -> float | None:
        """What a request has taken of late, waiting for its turn included; `None` before the first one."""
        measured = self._of(size, what).seconds
        return None if measured is None else max(measured, self._spacing(size, what))

    def guess(self, size: BarSize, what: str) -> float:
        """What to expect before anything was measured."""
        return max(GUESS, self._spacing(size, what))

    def served(self, size: BarSize, what: str, certain: int, span: int, seconds: float) -> None:
        """A request for `span` was answered; one shorter than allowed teaches nothing about lengths.

        Where requests are rationed most of the time is waiting: that says nothing of the gateway.
        """
        learned, most = self._of(size, what), self.span(size, what, certain)
        before, seconds = learned.seconds, min(seconds, self._spacing(size, what) or seconds)
        learned.seconds = seconds if before is None else before + _WEIGHT * (seconds - before)
        if seconds > _SLOW:
            learned.span = span // 2
        elif seconds < _QUICK and span >= most and 2 * span < self._refused.get(_key(size, what), 2**63):
            learned.span = 2 * span

    def refused(self, size: BarSize, what: str, certain: int, span: int, *, silence: bool) -> bool:
        """A request for `span` was refused or, in `silence`, not answered; is a shorter one worth asking?

        What is served for certain is not refused for its length, though it may take too long. So if that is
        refused too, the length was not the reason.
        """
        key = _key(size, what)
        if span <= (certain // _SHORTEST if silence else certain) or span <= size.nanoseconds:
            self._refused.pop(key, None)
            return False
        self._refused[key] = min(span, self._refused.get(key, span))
        self._of(size, what).span = span // 2 if silence else certain
        return True

    def save(self) -> None:
        """Keep what was learned for the next run."""
        if self._path is not None:
            with replacing(self._path) as file:
                file.write(msgspec.json.encode(self._learned))

    def _of(self, size: BarSize, what: str) -> _Learned:
        return self._learned.setdefault(_key(size, what), _Learned())


def _key(size: BarSize, what: str) -> str:
    return f"{size} {what}"


def _load(path: Path | None) -> dict[str, _Learned]:
    """What an earlier run learned; a file that cannot be read costs some slow requests, nothing else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Learned]) if path else {}
    except (OSError, msgspec.DecodeError):
        return {}
