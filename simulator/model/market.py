"""The market as a whole: answers for every contract, from that contract's series."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.source import Source
from simulator.kept import Kept
from simulator.model.api import BarData, Listing, QuoteTick, Session, TradeTick
from simulator.model.bars import BarMaker, day_memory
from simulator.model.columns import TradeRow
from simulator.model.series import TICKS_KEPT, Series, minutes_between

_VENUES = {
    "SMART": ("NASDAQ", "ARCA", "FINRA", "DRCTEDGE", "BATS", "NYSE", "IEX", "MEMX"),
    "IBIS": ("IBIS", "IBIS", "TGATE"),
}


class Market:
    """A `MarketModel` whose ticks, bars and history agree exactly (feed ``consistent``)."""

    def __init__(self, source: Source, series: Sequence[Series], ticks_kept: int = TICKS_KEPT) -> None:
        self._source = source
        self._series: Mapping[int, Series] = {each.listing.instrument.contract_id: each for each in series}
        self._kept = Kept[_Tape](ticks_kept, lambda tape: len(tape.trades) + len(tape.quotes) + 1)
        days = day_memory()
        self._bars = {number: BarMaker(each, days) for number, each in self._series.items()}

    @property
    def source(self) -> Source:
        return self._source

    @property
    def listings(self) -> Sequence[Listing]:
        return [each.listing for each in self._series.values()]

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        return self._of(contract_id).sessions(start, end)

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        return _between(start, end, [tape.trades for tape in self._tapes(contract_id, start, end)])

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        return _between(start, end, [tape.quotes for tape in self._tapes(contract_id, start, end)])

    def _tapes(self, contract_id: int, start: int, end: int) -> list["_Tape"]:
        """The minutes that overlap the range."""
        series = self._of(contract_id)
        return [
            self._kept.get((contract_id, minute), partial(_Tape.of, series, session, minute))
            for session in series.sessions(start, end)
            for minute in minutes_between(session, start, end)
        ]

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        self._of(contract_id)
        return self._bars[contract_id].bars(size, what, hours, start, end, now)

    def _of(self, contract_id: int) -> Series:
        series = self._series.get(contract_id)
        if series is None:
            raise BadRequest(f"the simulated market has no contract {contract_id}; see its listings")
        return series


class _Tape(NamedTuple):
    """A minute's ticks as they leave the model."""

    trades: Sequence[TradeTick]
    quotes: Sequence[QuoteTick]

    @classmethod
    def of(cls, series: Series, session: Session, minute: int) -> "_Tape":
        ticks, write = series.ticks(session, minute), _TradeWriter(series)
        step, scale, unit = series.grid
        # `Grid.price` and `Grid.size` in place: there are thousands of quotes.
        quotes = [
            QuoteTick(
                row.time,
                row.bid * step / scale,
                row.ask * step / scale,
                row.bid_size / unit,
                row.ask_size / unit,
            )
            for row in (ticks.quotes if "BID" in series.listing.what else ())
        ]
        return cls([write(row, session) for row in ticks.trades], quotes)


Tick = TypeVar("Tick", TradeTick, QuoteTick)


def _between(start: int, end: int, minutes: Sequence[Sequence[Tick]]) -> Sequence[Tick]:
    """The ticks of [start, end) out of those of every minute that it touches."""
    found = minutes[0] if len(minutes) == 1 else [tick for minute in minutes for tick in minute]
    if found and (found[0].time < start or found[-1].time >= end):
        return [tick for tick in found if start <= tick.time < end]
    return found


class _TradeWriter:
    """Makes prints of rows: the venue from the time, the conditions as US tapes have them."""

    def __init__(self, series: Series) -> None:
        instrument = series.listing.instrument
        home = instrument.primary_exchange or instrument.exchange
        self._grid = series.grid
        self._us = instrument.sec_type == "STK" and instrument.currency == "USD"
        key = "SMART" if self._us else home
        self._venues = _VENUES.get(key, (home,))

    def __call__(self, row: TradeRow, session: Session) -> TradeTick:
        venue = self._venues[row.time // 1000 % len(self._venues)]
        conditions = ""
        if self._us:
            regular = session.regular_open <= row.time < session.regular_close
            conditions = ("" if regular else "T") + ("I" if row.size < 100 else "")
        return TradeTick(row.time, self._grid.price(row.price), self._grid.size(row.size), venue, conditions)
