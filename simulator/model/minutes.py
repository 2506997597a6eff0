"""Every minute of a generated session: prices along the walk, activity by the time of day.

Each column is a hash of the minute it belongs to, so that a minute is the same in whichever answer it stands.
"""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from market.times import MINUTE, from_datetime
from simulator.model.api import Session
from simulator.model.chance import Floats, Ints, key_of, uniform
from simulator.model.columns import Grid, Ohlc, Rows
from simulator.model.universe import Member
from simulator.model.walk import MINUTES_A_YEAR, log_prices

# Activity outside the regular session, as a part of the regular one's.
_QUIET = {"us": 0.012, "cme": 0.15}


class Generator:
    """Makes the minutes of one contract.

    `anchor` (a time and a price) shifts the walk so that it has that price then: how a replay goes on.
    """

    def __init__(
        self,
        seed: int,
        member: Member,
        grid: Grid,
        anchor: tuple[int, float] | None = None,
        *,
        always_open: bool,
    ) -> None:
        self.member = member
        self.grid = grid
        self._contract = (seed, member.listing.instrument.contract_id)
        self._path = key_of(seed, "path", member.profile.path)
        self._weekends = always_open or member.profile.kind == "crypto"
        self._factor = 1.0
        if anchor is not None:
            time, price = anchor
            self._factor = price / float(self.values(np.array([time // MINUTE]))[0])

    def values(self, minutes: Ints) -> Floats:
        """The fair price at each of `minutes` (since 1970, ascending), not yet on the grid."""
        profile = self.member.profile
        walk = log_prices(self._path, profile.volatility, minutes, weekends=self._weekends)
        # exp may differ in its last bit between processors; rounding to whole steps hides that.
        prices = profile.level * self._factor * np.exp(walk)
        return prices if self.member.listing.instrument.sec_type != "OPT" else self._option(prices, minutes)

    def _option(self, spot: Floats, minutes: Ints) -> Floats:
        """A smooth maximum of 0 and what exercise would bring, as wide as the walk until expiry."""
        instrument = self.member.listing.instrument
        assert instrument.strike is not None  # every option of the universe has one
        expiry = datetime.strptime(instrument.expiry, "%Y%m%d").replace(
            hour=16, tzinfo=ZoneInfo(instrument.time_zone)
        )
        left = np.maximum(from_datetime(expiry) // MINUTE - minutes, 60) / (MINUTES_A_YEAR * 1.4)
        width = 0.55 * self.member.profile.volatility * spot * np.sqrt(left)
        gain = spot - instrument.strike if instrument.right == "C" else instrument.strike - spot
        return np.asarray(np.logaddexp(0.0, gain / width) * width, np.float64)

    def minutes(self, session: Session, start: int, end: int) -> Rows:
        """The rows of [start, end), which lies within the session."""
        index = np.arange(start // MINUTE, end // MINUTE + 1)
        steps = self.values(index) * (self.grid.scale / self.grid.step)
        index = index[:-1]
        activity = _activity(session, index, _QUIET.get(self.member.profile.kind, 1.0))
        count = self._count(index, activity)
        spread = self._spread(index, activity, steps[1:])
        trade = self._prices(index, steps, count, spread)
        volume, turnover = self._volume(index, count, trade)
        bid = self._bids(index, trade, count, spread)
        ask = Ohlc(*(column + spread for column in bid))
        mid = Ohlc(*(2 * column + spread for column in bid))
        average = bid.low + (bid.high - bid.low) * (0.3 + 0.4 * self._uniform("average", index))
        span = np.ones(len(index))
        return Rows(start, trade, count, volume, turnover, bid, ask, mid, average, average + spread, span)

    def tick_key(self, time: int) -> int:
        """What the ticks of the minute at `time` are drawn from."""
        return key_of(*self._contract, "ticks", time // MINUTE)

    def _uniform(self, what: str, index: Ints) -> Floats:
        return uniform(key_of(*self._contract, what), index)

    def _count(self, index: Ints, activity: Floats) -> Ints:
        mean = self.member.profile.rate * activity
        count = _floor(mean * (0.6 + 0.8 * self._uniform("rate", index)) + self._uniform("count", index))
        return np.maximum(count, 6) if self._quote_only else count

    @property
    def _quote_only(self) -> bool:
        return "TRADES" not in self.member.listing.what

    def _spread(self, index: Ints, activity: Floats, steps: Floats) -> Ints:
        usual = self.member.profile.spread
        if self._quote_only:
            return usual * np.where(self._uniform("spread", index) < 0.9, 1, 2)
        wide = usual * (0.7 + 0.6 * self._uniform("spread", index)) * np.where(activity < 0.3, 3.0, 1.0)
        return np.maximum(1, np.minimum(_round(wide), _floor(steps / 8)))

    def _prices(self, index: Ints, steps: Floats, count: Ints, spread: Ints) -> Ohlc:
        deviation = steps[1:] * (self.member.profile.volatility / MINUTES_A_YEAR**0.5)
        fair = _round(steps)
        close = fair[1:]
        start = fair[:-1] + _floor(3 * self._uniform("open", index)) - 1
        high = np.maximum(start, close) + self._excursion("high", index, deviation)
        low = np.minimum(start, close) - self._excursion("low", index, deviation)
        # One print has one price, two have two, and the third is outside them on one side only.
        up = self._uniform("third", index) < 0.5
        start = np.where(count < 2, close, start)
        high = np.where((count < 3) | ((count == 3) & ~up), np.maximum(start, close), high)
        low = np.where((count < 3) | ((count == 3) & up), np.minimum(start, close), low)
        lift = np.maximum(0, spread + 1 - low)
        return Ohlc(start + lift, high + lift, low + lift, close + lift)

    def _excursion(self, what: str, index: Ints, deviation: Floats) -> Ints:
        return _floor(1.2 * deviation * self._uniform(what, index) ** 2 + self._uniform(what + "?", index))

    def _volume(self, index: Ints, count: Ints, trade: Ohlc) -> tuple[Ints, Ints]:
        profile = self.member.profile
        if not profile.size or self._quote_only:
            return np.zeros_like(count), np.zeros_like(count)
        mean = count * (profile.size * self.grid.unit)
        # Four units a print leave the tick maker room to meet any turnover drawn here.
        volume = np.maximum(_floor(mean * (0.6 + 0.8 * self._uniform("volume", index))), 4 * count)
        return volume, turnovers(count, volume, trade, self._uniform("turnover", index))

    def _bids(self, index: Ints, trade: Ohlc, count: Ints, spread: Ints) -> Ohlc:
        if self._quote_only:
            return Ohlc(*(column - spread // 2 for column in trade))
        return bids_around(trade, spread, self._uniform("side", index))


def turnovers(count: Ints, volume: Ints, trade: Ohlc, chance: Floats) -> Ints:
    """Sum of price times size: near the middle of the range; as `few_sizes` has it for up to four prints."""
    width = trade.high - trade.low
    many = volume * trade.low + _floor(volume * width * (0.3 + 0.4 * chance))
    each = volume // np.maximum(count, 1)
    total = trade.open + trade.close
    outside = np.where(trade.high > np.maximum(trade.open, trade.close), trade.high, trade.low)
    few = np.where(count == 3, total + outside, np.where(count == 4, total + trade.high + trade.low, total))
    few = np.where(count == 1, trade.open, few)
    first = volume - each * count
    return np.where(count < 5, np.where(count > 0, few * each + first * trade.open, 0), many)


def bids_around(trade: Ohlc, spread: Ints, chance: Floats) -> Ohlc:
    """Bids under prints at either side of the spread; a minute narrower than it has one bid."""
    room = trade.high - trade.low - spread
    low = np.where(room >= 0, trade.low, trade.low + room // 2)
    high = np.where(room >= 0, trade.high - spread, low)
    buys = (chance < 0.5) * spread
    sells = (chance * 1024 % 1 < 0.5) * spread
    first = np.minimum(high, np.maximum(low, trade.open - buys))
    last = np.minimum(high, np.maximum(low, trade.close - sells))
    return Ohlc(first, high, low, np.where(trade.open == trade.close, first, last))


def _activity(session: Session, index: Ints, quiet: float) -> Floats:
    """The pace of each minute: a U over a regular session of some hours, flat over a whole day."""
    first, last = session.regular_open // MINUTE, session.regular_close // MINUTE
    length = max(1, last - first)
    if length > 12 * 60:
        return np.ones(len(index))
    place = np.abs(2 * (index - first + 0.5) / length - 1)
    return np.where((index >= first) & (index < last), 0.7 + 1.2 * np.minimum(place, 1.0) ** 4, quiet)


def _floor(values: Floats) -> Ints:
    if values.dtype == object:  # a replayed file whose numbers have more digits than 64 bits
        return np.array([math.floor(value) for value in values], object)
    return np.floor(values).astype(np.int64)


def _round(values: Floats) -> Ints:
    return np.rint(values).astype(np.int64)
