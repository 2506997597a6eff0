"""The generic ticks that are looked at once a minute: figures of days, of options, of futures."""

from simulator.gateway import contract_statistics, option_statistics
from simulator.gateway.prices import mark_price
from simulator.gateway.services import Services
from simulator.gateway.statistic import Source
from simulator.gateway.tick_writer import TickWriter
from simulator.model.api import Listing, QuoteTick, TradeTick
from simulator.wire.market_messages import TickId

_PRICES = frozenset(
    (
        *(TickId.LOW_13_WEEK, TickId.HIGH_13_WEEK, TickId.LOW_26_WEEK),
        *(TickId.HIGH_26_WEEK, TickId.LOW_52_WEEK, TickId.HIGH_52_WEEK),
    )
)
_NUMBERS = frozenset(
    (
        TickId.HISTORICAL_VOLATILITY,
        TickId.RT_HISTORICAL_VOLATILITY,
        TickId.IMPLIED_VOLATILITY,
        TickId.INDEX_FUTURE_PREMIUM,
        TickId.SHORTABLE,
    )
)


class SlowTicks:
    """Of those `numbers` that a client asked for, what is new."""

    def __init__(
        self, services: Services, listing: Listing, write: TickWriter, numbers: frozenset[int]
    ) -> None:
        self._services = services
        self._listing = listing
        self._write = write
        self._sent: dict[TickId, float | str] = {}
        sources = {**contract_statistics.SOURCES, **option_statistics.SOURCES}
        self._sources: list[Source] = [sources[number] for number in sorted(numbers & sources.keys())]

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._sources)

    def update(self, quote: QuoteTick | None, trade: TradeTick | None, now: int) -> None:
        """Look at everything at `now`; quote and trade are the line's own."""
        price = mark_price(quote, trade)
        for source in self._sources:
            for tick, value in source(self._services, self._listing, price, now).items():
                if value is not None and self._sent.get(tick) != value:
                    self._sent[tick] = value
                    self._send(tick, value)

    def _send(self, tick: TickId, value: float | str) -> None:
        if isinstance(value, str):
            self._write.string(tick, value)
        elif tick in _PRICES:
            self._write.price(tick, value)
        elif tick in _NUMBERS:
            self._write.generic(tick, value)
        else:
            self._write.size(tick, value)
