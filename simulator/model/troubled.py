"""A market with troubles of its own: halts, splits, late and revised bars, permissions that change.

It stands between a model and the gateway. Contracts without trouble are answered by the model directly.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from market.bar_size import BarSize
from market.clock import Clock
from market.events import Hours
from market.source import Source
from simulator.model.api import BarData, Listing, MarketModel, QuoteTick, Session, TradeTick
from simulator.model.halts import Halted, Spans

Entitlement = Literal["live", "delayed", "none"]


@dataclass(slots=True)
class Halt:
    """From `start` on nothing happens, until `end` once that is known."""

    start: int
    end: int | None = None


class Split(msgspec.Struct, frozen=True):
    """Asked at `time` or later, prices are divided by `ratio` and sizes multiplied by it."""

    time: int
    ratio: float


class Revision(msgspec.Struct, frozen=True):
    """Bars that start before `until` have `volume` times their volume and a close `move` higher."""

    until: int
    volume: float
    move: float


@dataclass(slots=True)
class Troubles:
    """What is wrong with one contract. `lags` are the delays of its bars, in nanoseconds."""

    halts: list[Halt] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    lags: list[int] = field(default_factory=list)

    @property
    def lag(self) -> int:
        return max(self.lags, default=0)

    def spans(self, now: int) -> Spans:
        """The halts so far: what lies beyond `now` is not decided yet."""
        return [(each.start, now + 1 if each.end is None else each.end) for each in self.halts]

    def ratio(self, now: int) -> float:
        found = 1.0
        for split in self.splits:
            if split.time <= now:
                found *= split.ratio
        return found


class TroubledModel:
    """Implements `MarketModel` on top of another one."""

    def __init__(self, model: MarketModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        self._troubles: defaultdict[int, Troubles] = defaultdict(Troubles)
        self._entitlements: dict[int, list[Entitlement]] = {}

    @property
    def source(self) -> Source:
        return self._model.source

    @property
    def listings(self) -> Sequence[Listing]:
        return [
            msgspec.structs.replace(each, entitlement=changed[-1]) if changed else each
            for each in self._model.listings
            for changed in [self._entitlements.get(each.instrument.contract_id)]
        ]

    def troubles(self, contract_id: int) -> Troubles:
        """What is wrong with a contract, for a fault to change."""
        return self._troubles[contract_id]

    def entitle(self, contract_id: int, entitlement: Entitlement) -> None:
        """Change what the account may see of a contract, until as many calls of `restore`."""
        self._entitlements.setdefault(contract_id, []).append(entitlement)

    def restore(self, contract_id: int, entitlement: Entitlement) -> None:
        self._entitlements[contract_id].remove(entitlement)

    def lag(self, contract_id: int) -> int:
        """How late the bars of a contract come, in nanoseconds."""
        return self._troubles[contract_id].lag if contract_id in self._troubles else 0

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        return self._model.sessions(contract_id, start, end)

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        if contract_id not in self._troubles:
            return self._model.trades(contract_id, start, end)
        now = self._clock.now()
        ratio = self._troubles[contract_id].ratio(now)
        return [_split_trade(each, ratio) for each in self._halted(contract_id, now).trades(start, end)]

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        if contract_id not in self._troubles:
            return self._model.quotes(contract_id, start, end)
        now = self._clock.now()
        ratio = self._troubles[contract_id].ratio(now)
        return [_split_quote(each, ratio) for each in self._halted(contract_id, now).quotes(start, end)]

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        if contract_id not in self._troubles:
            return self._model.bars(contract_id, size, what, hours, start, end, now)
        troubles = self._troubles[contract_id]
        bars = self._halted(contract_id, now).bars(size, what, hours, start, end, now - troubles.lag)
        ratio = troubles.ratio(now)
        return [_revised(_split_bar(bar, ratio), troubles.revisions) for bar in bars]

    def _halted(self, contract_id: int, now: int) -> Halted:
        return Halted(self._model, contract_id, self._troubles[contract_id].spans(now))


def _split_trade(trade: TradeTick, ratio: float) -> TradeTick:
    return msgspec.structs.replace(trade, price=_divided(trade.price, ratio), size=trade.size * ratio)


def _split_quote(quote: QuoteTick, ratio: float) -> QuoteTick:
    prices = _divided(quote.bid, ratio), _divided(quote.ask, ratio)
    return QuoteTick(quote.time, *prices, quote.bid_size * ratio, quote.ask_size * ratio)


def _split_bar(bar: BarData, ratio: float) -> BarData:
    """-1 stands for a volume and an average that there is not."""
    traded = bar.count >= 0
    return msgspec.structs.replace(
        bar,
        open=_divided(bar.open, ratio),
        high=_divided(bar.high, ratio),
        low=_divided(bar.low, ratio),
        close=_divided(bar.close, ratio),
        volume=bar.volume * ratio if traded else bar.volume,
        average=_divided(bar.average, ratio) if traded else bar.average,
    )


def _divided(price: float, ratio: float) -> float:
    return price if ratio == 1 else round(price / ratio, 8)


def _revised(bar: BarData, revisions: Sequence[Revision]) -> BarData:
    for each in revisions:
        if bar.start < each.until:
            close = round(bar.close + each.move, 8)
            bar = msgspec.structs.replace(
                bar,
                close=close,
                high=max(bar.high, close),
                low=min(bar.low, close),
                volume=bar.volume if bar.count < 0 else float(round(bar.volume * each.volume)),
            )
    return bar
