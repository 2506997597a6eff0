"""Proof that a stream is dead: IB's history has what the stream did not bring.

Historical ticks know of a halt, of a holiday that nobody told, and of a market in which simply nothing
happens: then there is nothing newer, and nobody is alarmed.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

from market.errors import TruetickError
from market.events import Tick, TickType
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import OfInstrument, WantedBars, WantedTicks

log = logging.getLogger("ib_api.probe")

_MARGIN = 2 * SECOND
"""Ticks have whole seconds, and one that has just happened may still be on its way."""


class History(Protocol):
    """The part of a `market.broker.MarketData` that proof needs."""

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]: ...


class HistoryProbe:
    """A `Probe` for `Liveness`: one request for a few historical ticks per question."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def __call__(self, wanted: OfInstrument, since: int, until: int, enough: int = 1) -> bool | None:
        """Whether `enough` ticks happened from `since` to `until`; `None` when IB does not say."""
        start = (since + _MARGIN) // SECOND * SECOND + SECOND
        try:
            found = await self._history.ticks(wanted.instrument, tick_type_of(wanted), start, enough)
        except TruetickError as error:
            log.info("no proof about %s is to be had: %s", wanted.instrument.ticker, error)
            return None
        return sum(start <= tick.time < until - _MARGIN for tick in found) >= enough


def tick_type_of(wanted: OfInstrument) -> TickType:
    """The ticks without which `wanted` is rightly silent."""
    if isinstance(wanted, WantedTicks):
        return wanted.tick_type
    if isinstance(wanted, WantedBars) and wanted.what == "TRADES":
        return "Last"
    return "MidPoint" if isinstance(wanted, WantedBars) and wanted.what == "MIDPOINT" else "BidAsk"
