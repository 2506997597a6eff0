"""Make a file's data into sessions of minutes: the bars exactly, with what the file does not say made to fit.

Prices and sizes are put on the finest decimal grid that the file itself uses, so nothing of it is rounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from random import Random
from typing import NamedTuple

import msgspec
import numpy as np

from market.times import MINUTE
from simulator.model.chance import Ints, key_of
from simulator.model.columns import Grid, Ohlc, QuoteRow, Rows, Ticks, TradeRow
from simulator.model.minutes import bids_around, turnovers
from simulator.model.replay_bars import Piece, least_prints, legs, shared, spans, without_holes
from simulator.model.replay_file import FileData
from simulator.model.sessions import trading_date_at
from simulator.model.ticks import Four, Row, bids_under, standing_quotes
from simulator.model.universe import Profile
from simulator.model.window import integers, rows_of, window


class FileDay(NamedTuple):
    """One trading date of the file; `ticks` by minute where the file has ticks, else they are made."""

    date: date
    rows: Rows
    ticks: Mapping[int, Ticks]


class Maker(NamedTuple):
    """What is needed to fill in what a file leaves open; `spread` in steps of `grid`."""

    grid: Grid
    profile: Profile
    spread: int
    key: int
    quote_only: bool

    @classmethod
    def of(cls, data: FileData, profile: Profile, min_tick: float, key: int, *, quote_only: bool) -> "Maker":
        """The grid is the file's own, the spread as many ticks as the contract usually has."""
        prices = [value for name, column in data.columns.items() if not _is_size(name) for value in column]
        sizes = [value for name, column in data.columns.items() if _is_size(name) for value in column]
        grid = Grid(1, max(scale_of(prices), Grid.of(min_tick).scale), scale_of(sizes))
        if data.kind == "bars" and "volume" in data.columns and _is_too_thin(data, grid):
            grid = grid._replace(unit=4 * grid.unit)
        return cls(grid, profile, max(1, grid.steps(profile.spread * min_tick)), key, quote_only)

    def days(self, data: FileData, size: int, stamp: str) -> Sequence[FileDay]:
        """The file as trading dates; `size` is the length of its bars in nanoseconds."""
        if data.kind == "bars":
            return list(self._days_of_bars(data, size, stamp))
        return list(self._days_of_ticks(data))

    def _days_of_bars(self, data: FileData, size: int, stamp: str) -> Iterator[FileDay]:
        pieces = [
            piece for n, span in enumerate(spans(data, size, stamp)) for piece in self._pieces(data, n, span)
        ]
        for day, group in groupby(pieces, lambda piece: trading_date_at(self.profile.kind, piece.time)):
            yield FileDay(day, self._rows(without_holes(list(group))), {})

    def _pieces(self, data: FileData, n: int, span: tuple[int, int]) -> Sequence[Piece]:
        """The minutes of one bar, which together are that bar."""
        start, end = span
        price = Four(*(self.grid.steps(data.columns[name][n]) for name in ("open", "high", "low", "close")))
        random = Random(key_of(self.key, "bar", start))  # noqa: S311 (a market, not a secret)
        count = (end - start) // MINUTE
        volume = self._volume(data, n, count, random)
        # A bar too thin to share is one busy minute and a pause.
        if count == 1 or (volume < 8 * count and not self.quote_only):
            return [Piece(start, price, volume)]
        times = range(start, end, MINUTE)
        shares = shared(volume, count, random)
        return [Piece(*each) for each in zip(times, legs(price, count, random), shares, strict=True)]

    def _volume(self, data: FileData, n: int, minutes: int, random: Random) -> int:
        if self.quote_only:
            return 0
        if "volume" in data.columns:
            return self.grid.units(data.columns["volume"][n])
        usual = self.profile.rate * self.profile.size * minutes
        return max(4, int(usual * (0.6 + 0.8 * random.random()))) * self.grid.unit

    def _rows(self, pieces: Sequence[Piece]) -> Rows:
        index = np.array([piece.time // MINUTE for piece in pieces])
        trade = Ohlc(*(integers(column) for column in zip(*(piece.price for piece in pieces), strict=True)))
        volume = integers([piece.volume for piece in pieces])
        chance = np.array([key_of(self.key, "chance", int(minute)) / 2**64 for minute in index])
        prints = np.array([self._prints(*each) for each in zip(pieces, chance.tolist(), strict=True)])
        spread = self._spreads(trade.low)
        if self.quote_only:
            bid = Ohlc(*(column - spread // 2 for column in trade))
        else:
            bid = bids_around(trade, spread, chance)
        ask, mid = Ohlc(*(c + spread for c in bid)), Ohlc(*(2 * c + spread for c in bid))
        average = (bid.low + (bid.high - bid.low) * (0.3 + 0.4 * chance)).astype(np.float64)
        turnover = turnovers(prints, volume, trade, chance)
        # Where nothing trades, a hole has no bar of any kind; else the quotes stand through it.
        span = np.array([0.0 if self.quote_only and piece.hole else 1.0 for piece in pieces])
        start = pieces[0].time
        return Rows(
            start,
            trade,
            prints,
            volume,
            turnover,
            bid,
            ask,
            mid,
            average,
            (average + spread).astype(float),
            span,
        )

    def _prints(self, piece: Piece, chance: float) -> int:
        """How many prints a minute has: as its volume suggests, and enough to show its prices."""
        if piece.hole:
            return 0
        if self.quote_only:
            return 6 + int(2 * chance * self.profile.rate)
        mean = max(1.0, self.profile.size * self.grid.unit)
        wanted = min(int(piece.volume / mean * (0.7 + 0.6 * chance)), piece.volume // 4, 300)
        return wanted if wanted > 4 else max(least_prints(piece.price), wanted)

    def _spreads(self, low: Ints) -> Ints:
        """The usual spread, narrower where the price is small; even where the price is the middle."""
        spread = np.maximum(1, np.minimum(self.spread, low // 8))
        return np.maximum(2, spread - spread % 2) if self.quote_only else spread

    def _days_of_ticks(self, data: FileData) -> Iterator[FileDay]:
        minutes = self._minutes_of(data)
        for day, group in groupby(minutes, lambda time: trading_date_at(self.profile.kind, time)):
            first, *rest = group
            times = range(first, (rest[-1] if rest else first) + MINUTE, MINUTE)
            ticks: dict[int, Ticks] = {}
            for time in times:
                ticks[time] = self._filled(time, minutes.get(time), ticks.get(time - MINUTE))
            parts = [window(ticks[time], time, time + MINUTE) for time in times]
            yield FileDay(day, rows_of(first, parts), ticks)

    def _minutes_of(self, data: FileData) -> dict[int, Ticks]:
        """The file's rows by minute, as they stand there."""
        minutes: dict[int, tuple[list[TradeRow], list[QuoteRow]]] = {}
        price, units, lot = self.grid.steps, self.grid.units, self.profile.lot * self.grid.unit
        columns = data.columns
        for n, time in enumerate(data.times):
            trades, quotes = minutes.setdefault(time - time % MINUTE, ([], []))
            if data.kind == "trades":
                size = units(columns["size"][n]) if "size" in columns else lot
                trades.append(TradeRow(time, price(columns["price"][n]), size))
            else:
                sizes = [units(columns[s][n]) if s in columns else lot for s in ("bid_size", "ask_size")]
                quotes.append(QuoteRow(time, price(columns["bid"][n]), price(columns["ask"][n]), *sizes))
        return {time: Ticks(*each) for time, each in minutes.items()}

    def _filled(self, time: int, ticks: Ticks | None, before: Ticks | None) -> Ticks:
        """A minute with quotes around its trades, and with the quote that stood when it began."""
        if ticks is not None and ticks.trades:
            return self._quoted(time, ticks.trades)
        standing = before.quotes[-1:] if before else ()
        quotes = list(ticks.quotes) if ticks else []
        if not quotes or quotes[0].time > time:
            quotes.insert(0, msgspec.structs.replace((standing or quotes)[0], time=time))
        return Ticks([], quotes)

    def _quoted(self, time: int, trades: Sequence[TradeRow]) -> Ticks:
        random = Random(key_of(self.key, "quotes", time))  # noqa: S311 (a market, not a secret)
        prices = [trade.price for trade in trades]
        price = Four(prices[0], max(prices), min(prices), prices[-1])
        spread = self._spreads(integers([price.low]))
        around = bids_around(Ohlc(*(integers([p]) for p in price)), spread, np.array([random.random()]))
        bid, wide = Four(*(int(column[0]) for column in around)), int(spread[0])
        row = Row(time, *price, len(trades), 0, 0, bid, 0.0, wide)
        bids = bids_under(row, prices, random, centred=self.quote_only)
        times = [time, *(trade.time for trade in trades[1:])]
        lasting = [b - a for a, b in pairwise([*times, time + MINUTE])]
        quotes = standing_quotes(
            times, bids, lasting, wide, self.profile.lot * self.grid.unit, len(trades), random
        )
        return Ticks([] if self.quote_only else trades, quotes)


def _is_too_thin(data: FileData, grid: Grid) -> bool:
    """Whether some bar has fewer units than prints; then a unit must be a part of one."""
    names = ("open", "high", "low", "close")
    prices = zip(*(data.columns[name] for name in names), strict=True)
    volumes = map(grid.units, data.columns["volume"])
    return any(
        0 < volume < least_prints(Four(*map(grid.steps, price)))
        for price, volume in zip(prices, volumes, strict=True)
        if volume < 4
    )


def _is_size(column: str) -> bool:
    return column.endswith(("size", "volume"))


def scale_of(values: Sequence[float]) -> int:
    """The power of ten that makes every value whole."""
    digits = (-int(Decimal(repr(value)).normalize().as_tuple().exponent) for value in set(values))
    return int(10 ** max(0, max(digits, default=0)))
