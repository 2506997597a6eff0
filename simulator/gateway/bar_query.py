"""A request for bars, understood."""

import msgspec

from market.bar_size import BarSize
from market.events import Hours
from market.times import to_datetime
from simulator.gateway.dates import seconds, write_moment
from simulator.model.api import Listing


class BarQuery(msgspec.Struct, frozen=True):
    """Which bars, and how their times are written: `format_date` is IB's 1 (text) or 2 (seconds)."""

    request_id: int
    listing: Listing
    size: BarSize
    what: str
    hours: Hours
    format_date: int

    @property
    def contract_id(self) -> int:
        return self.listing.instrument.contract_id

    def date_text(self, start: int, version: int) -> str:
        """A bar's time; for a day and longer a date, whatever the format."""
        if not self.size.intraday:
            return to_datetime(start).strftime("%Y%m%d")
        if self.format_date == 2:
            return str(seconds(start))
        return write_moment(start, self.listing.instrument.time_zone, version)
