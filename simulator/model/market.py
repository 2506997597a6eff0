"""The market as a whole: answers for every contract, from that contract's series."""

from collections.abc import Mapping, Sequence

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.source import Source
from simulator.model.api import BarData, Listing, QuoteTick, Session, TradeTick
from simulator.model.bars import BarMaker
from simulator.model.columns import QuoteRow, TradeRow
from simulator.model.series import Series, minutes_between

_VENUES = {
    "SMART": ("NASDAQ", "ARCA", "FINRA", "DRCTEDGE", "BATS", "NYSE", "IEX", "MEMX"),
    "IBIS": ("IBIS", "IBIS", "TGATE"),
}


class Market:
    """A `MarketModel` whose ticks, bars and history agree exactly (feed ``consistent``)."""

    def __init__(self, source: Source, series: Sequence[Series]) -> None:
        self._source = source
        self._series: Mapping[int, Series] = {each.listing.instrument.contract_id: each for each in series}
        self._bars = {number: BarMaker(each) for number, each in self._series.items()}

    @property
    def source(self) -> Source:
        return self._source

    @property
    def listings(self) -> Sequence[Listing]:
        return [each.listing for each in self._series.values()]

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        return self._of(contract_id).sessions(start, end)

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        series = self._of(contract_id)
        write = _TradeWriter(series)
        return [
            write(row, session)
            for session in series.sessions(start, end)
            for minute in minutes_between(session, start, end)
            for row in series.ticks(session, minute).trades
            if start <= row.time < end
        ]

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        series = self._of(contract_id)
        if "BID" not in series.listing.what:
            return []
        price, size = series.grid.price, series.grid.size

        def write(row: QuoteRow) -> QuoteTick:
            return QuoteTick(row.time, price(row.bid), price(row.ask), size(row.bid_size), size(row.ask_size))

        return [
            write(row)
            for session in series.sessions(start, end)
            for minute in minutes_between(session, start, end)
            for row in series.ticks(session, minute).quotes
            if start <= row.time < end
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
