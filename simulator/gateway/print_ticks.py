"""The generic ticks that every print changes: RTVolume, trade counts and rates, the last regular trade."""

from collections import deque
from collections.abc import Sequence

from market.bar_size import BarSize
from market.times import DAY, MINUTE, SECOND, trading_date
from simulator.gateway.tick_writer import TickWriter
from simulator.model import lookup
from simulator.model.api import MarketModel, Session, TradeTick
from simulator.wire.fields import number
from simulator.wire.market_messages import TickId

RT_VOLUME, TRADE_VOLUME = 233, 375
TRADE_COUNT, TRADE_RATE, VOLUME_RATE = 293, 294, 295
LAST_REGULAR = 318
_NUMBERS = frozenset((RT_VOLUME, TRADE_VOLUME, TRADE_COUNT, TRADE_RATE, VOLUME_RATE, LAST_REGULAR))
_DAY_BAR = BarSize.parse("1D")
_MILLISECOND = SECOND // 1_000


class _Tally:
    """Volume and turnover of a day so far."""

    def __init__(self, volume: float, turnover: float) -> None:
        self._volume = volume
        self._turnover = turnover

    def text(self, trades: Sequence[TradeTick]) -> str:
        """Count `trades` and write IB's text of them.

        Price, size, time in milliseconds, the day's volume and average price, whether it was one trade.
        """
        sized, last = sum(trade.size for trade in trades), trades[-1]
        self._volume += sized
        self._turnover += sum(trade.size * trade.price for trade in trades)
        # An index has prints without a size: its average is its price.
        average = number(round(self._turnover / self._volume, 8) if self._volume else last.price)
        single = "true" if len(trades) == 1 else "false"
        when = last.time // _MILLISECOND
        return f"{number(last.price)};{number(sized)};{when};{number(self._volume)};{average};{single}"


class PrintTicks:
    """Of those `numbers` that a client asked for, what each moment's prints say."""

    def __init__(self, write: TickWriter, numbers: frozenset[int]) -> None:
        self._write = write
        self._numbers = numbers & _NUMBERS
        self._sent: dict[TickId, float] = {}

    def begin(self, model: MarketModel, contract_id: int, session: Session, now: int) -> None:
        """Take the day up to `now` as known."""
        self._session = session
        if not self._numbers:
            return
        today = trading_date(session.date)
        bars = model.bars(contract_id, _DAY_BAR, "TRADES", "all", today, today + DAY, now)
        volume, turnover, self._count = 0.0, 0.0, 0
        for bar in bars:
            volume, turnover, self._count = bar.volume, bar.volume * bar.average, bar.count
        self._all, self._reported = _Tally(volume, turnover), _Tally(volume, turnover)
        fetch = lookup.trades(model, contract_id, every=False)
        self._recent = deque(fetch(max(session.open, now - MINUTE), now))
        self._regular = _last_regular(fetch, session, now)
        self._send_counts(now)

    def update(self, trades: Sequence[TradeTick]) -> None:
        """Send what the prints of one moment change."""
        if not self._numbers:
            return
        lasts = [trade for trade in trades if trade.last]
        reported = [trade for trade in lasts if not trade.unreported]
        if RT_VOLUME in self._numbers:
            self._write.string(TickId.RT_VOLUME, self._all.text(trades))
        if TRADE_VOLUME in self._numbers and reported:
            self._write.string(TickId.RT_TRADE_VOLUME, self._reported.text(reported))
        self._count += len(lasts)
        self._recent.extend(lasts)
        for trade in lasts:
            if _is_regular(self._session, trade):
                self._regular = trade
        self._send_counts(trades[-1].time)

    def _send_counts(self, now: int) -> None:
        while self._recent and self._recent[0].time <= now - MINUTE:
            self._recent.popleft()
        self._send(TRADE_COUNT, TickId.TRADE_COUNT, float(self._count))
        self._send(TRADE_RATE, TickId.TRADE_RATE, float(len(self._recent)))
        self._send(VOLUME_RATE, TickId.VOLUME_RATE, sum(trade.size for trade in self._recent))
        if LAST_REGULAR in self._numbers and self._regular is not None:
            if self._sent.get(TickId.LAST_REGULAR_TRADE) != self._regular.price:
                self._write.price(TickId.LAST_REGULAR_TRADE, self._regular.price)
            self._sent[TickId.LAST_REGULAR_TRADE] = self._regular.price

    def _send(self, asked: int, tick: TickId, value: float) -> None:
        if asked in self._numbers and self._sent.get(tick) != value:
            self._sent[tick] = value
            self._write.generic(tick, value)


def _is_regular(session: Session, trade: TradeTick) -> bool:
    return session.regular_open <= trade.time < session.regular_close


def _last_regular(fetch: lookup.Fetch, session: Session, now: int) -> TradeTick | None:
    """The last print of the session's regular hours before `now`."""
    end = min(now, session.regular_close)
    found = lookup.find_last(fetch, session.regular_open, end) if session.regular_open < end else None
    return found if isinstance(found, TradeTick) else None
