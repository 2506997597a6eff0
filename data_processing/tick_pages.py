"""Historical ticks page by page, in whole seconds.

IB gives up to 1000 ticks from a second on and then the rest of the last second, so the next page begins at
the second after it. An answer comes from one session (IB's page on historical time and sales).
"""

from collections.abc import Sequence

import msgspec

from market.broker import MarketData
from market.errors import NoData
from market.events import Tick, TickType
from market.instrument import Instrument
from market.times import MINUTE, SECOND

PAGE = 1_000
# An answer without ticks may mean a closed session only: look again so much later.
_EMPTY_STEP = 60 * MINUTE


class Page(msgspec.Struct, frozen=True):
    """One answer: the `ticks` of the range, how many others came, and until when all is answered."""

    ticks: Sequence[Tick]
    ignored: int
    until: int


async def fetch_page(
    market_data: MarketData,
    instrument: Instrument,
    kind: TickType,
    start: int,
    end: int,
    count: int = PAGE,
) -> Page:
    """Ask for the first ticks of the whole seconds in [start, end); errors are those of the request."""
    try:
        found = await market_data.ticks(instrument, kind, start, count)
    except NoData:
        found = []
    kept = [tick for tick in found if start <= tick.time < end]
    latest = max((tick.time for tick in found), default=start)
    if latest >= end:
        until = end
    elif kept:
        until = (latest // SECOND + 1) * SECOND
    else:
        until = min(end, start + _EMPTY_STEP)
    return Page(kept, len(found) - len(kept), until)
