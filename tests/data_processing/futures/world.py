"""A chain of futures with bars, and a store that has them in memory."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from data_storage.tables import BARS, TIME, bars_table
from market.events import Bar, Hours
from market.instrument import Instrument
from market.times import DAY, MINUTE, parse

FIRST = parse("2026-03-02") // DAY  # a Monday
HOURS = "20260301:1700-20260302:1600;20260302:1700-20260303:1600;20260303:1700-20260304:1600"


def future(number: int, days: int, hours: str = HOURS) -> Instrument:
    """The contract of the chain that expires `days` after `FIRST`."""
    expiry = (date(1970, 1, 1) + timedelta(days=FIRST + days)).strftime("%Y%m%d")
    return Instrument(
        contract_id=number,
        symbol="ES",
        sec_type="FUT",
        exchange="CME",
        currency="USD",
        local_symbol=f"ES{number}",
        trading_class="ES",
        expiry=expiry,
        multiplier=50.0,
        time_zone="America/Chicago",
        trading_hours=hours,
    )


def daily(number: int, day: int, close: float, volume: float | None = 100.0) -> Bar:
    """The bar of a trading date."""
    time = (FIRST + day) * DAY
    return _bar(number, time, "1D", (close - 1, close + 2, close - 2, close, close), volume)


def minute(number: int, time: int, close: float, volume: float = 100.0) -> Bar:
    """A bar of a minute at any time."""
    return _bar(number, time // MINUTE * MINUTE, "1m", (close,) * 5, volume)


def _bar(number: int, time: int, size: str, prices: Sequence[float], volume: float | None) -> Bar:
    open_, high, low, close, average = prices
    return Bar(number, "CME", time, time, size, open_, high, low, close, volume, average, count=5, final=True)


class Store:
    """Bars in memory, read as from a store."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self.stored = list(bars)

    def bars(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
    ) -> pa.Table:
        key = (contract_id, exchange, size, what, hours)
        found = [b for b in self.stored if (b.contract_id, b.exchange, b.size, b.what, b.hours) == key]
        table = bars_table(found) if found else BARS.empty_table()
        inside = pc.and_(
            pc.greater_equal(table["time"], pa.scalar(start, TIME)),
            pc.less(table["time"], pa.scalar(end, TIME)),
        )
        return table.filter(inside).sort_by("time")
