"""One contract: who it is, what it costs now, and its history."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_processing.market_data_hub import Moment, moment
from data_processing.queries.multi_resolution import StoredHistory
from data_processing.tws.connection import TwsConnection, say
from data_processing.tws.line import Line
from data_processing.tws.snapshot import PRICE_PREF, Snapshot, checked, snapshot_of
from data_storage.layout import BarSeries
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.errors import BadRequest, RequestTimedOut
from market.events import DataType, Hours
from market.hours import closed_note
from market.instrument import Instrument
from market.times import DAY, MINUTE

if TYPE_CHECKING:
    import pandas as pd

FINEST = ("5m", "2m", "1m")
_PERIOD = re.compile(r"(?P<count>\d+) ?(?P<unit>h|d|w|mo|y)")
_UNITS = {"h": 60 * MINUTE, "d": DAY, "w": 7 * DAY, "mo": 30 * DAY, "y": 365 * DAY}


class TwsStock:
    """A contract of `connection`, qualified: raise `ContractNotFound` or `AmbiguousContract`.

    `symbol` is a name as everywhere (``RHM``, ``EURUSD``, ``ESZ6/FUT``); `exchange` and `currency` narrow it.
    `price_pref` orders the prices that `snapshot` may give as the price.
    """

    def __init__(
        self,
        connection: TwsConnection,
        symbol: str,
        exchange: str = "",
        currency: str = "",
        *,
        price_pref: Sequence[str] = PRICE_PREF,
        csv_folder: Path = Path("data/csv"),
    ) -> None:
        self.connection = connection
        self.price_pref = checked(price_pref)
        name = symbol + (f"@{exchange}" if exchange else "") + (f":{currency}" if currency else "")
        self.instrument: Instrument = connection.ib.resolve(name)
        self.line = Line(connection, self.instrument)
        self._csv_folder = csv_folder
        self._stored: StoredHistory | None = None

    @property
    def contract_id(self) -> int:
        """IB's conId."""
        return self.instrument.contract_id

    @property
    def min_tick(self) -> float:
        """The smallest step of its price."""
        return self.instrument.min_tick

    minTick = min_tick  # noqa: N815  # IB's own word

    @property
    def what(self) -> str:
        """What its bars are made of: trades, or the midpoint where nothing trades by the print."""
        return "MIDPOINT" if self.instrument.sec_type == "CASH" else "TRADES"

    # -- now

    @property
    def market_data_type(self) -> DataType | None:
        """How fresh the prices are that IB gives this login: live, frozen, delayed, delayed-frozen.

        IB serves the best that is allowed; `None` until it has said so (see `snapshot`).
        """
        return self.line.data_type

    def snapshot(self, timeout: float = 10.0) -> Snapshot:
        """The newest prices of its market-data line, which stays open for the next call.

        Raise `RequestTimedOut` when no price came in time, which says so where the market is closed, and
        what IB refuses the line with.
        """
        self.line.start()
        seen = self.line.wait(self._seen, timeout)
        if seen is None:
            note = closed_note(self.instrument, self.connection.ib.now())
            raise RequestTimedOut(
                f"no price of {self.instrument.ticker} came within {timeout:g} s; {note or 'ask again'}"
            )
        return seen

    def _seen(self) -> Snapshot | None:
        found = snapshot_of(self.line.quote, self.line.trade, self.price_pref)
        return found if found.price is not None else None

    # -- history

    def head_time(self) -> int:
        """The time of the earliest bar that IB has, UTC nanoseconds."""
        return self.connection.ib.head_time(self.instrument, self.what)

    def get_historical_data(
        self,
        period: str = "1d",
        bar_size: str = "1m",
        *,
        rth: bool = False,
        end: Moment | None = None,
        what: str | None = None,
    ) -> "pd.DataFrame":
        """Bars up to `end` (default: now): ``6h``, ``5d``, ``2w``, ``3mo``, ``1y`` of time, or ``max``.

        Only what the store does not have is asked for. Index `time` (UTC, nanoseconds, a bar's start),
        columns ``open high low close volume average count final``; ``max`` goes back to the head timestamp.
        """
        last = self.connection.ib.now() if end is None else moment(end)
        start = None if period == "max" else last - span_of(period)
        return self._history([bar_size], start, last, rth=rth, what=what)

    def maximum_history(
        self,
        sizes: Sequence[str] = FINEST,
        *,
        since: Moment | None = None,
        rth: bool = False,
        what: str | None = None,
    ) -> "pd.DataFrame":
        """All there is in each of `sizes`, back to the head timestamp or `since`, as one frame.

        Of every time the finest bar is kept, which a column `bar_size` names. Years of minutes take hours at
        IB's pace; a call that was stopped goes on where it was.
        """
        start = None if since is None else moment(since)
        return self._history(sizes, start, self.connection.ib.now(), rth=rth, what=what)

    def last_fetch_to_csv(self) -> Path:
        """Write what was fetched last and give the path: ``data/csv/RHM.csv``."""
        if self._stored is None:
            raise BadRequest("nothing was fetched yet; call get_historical_data first")
        return self._stored.last_fetch_to_csv()

    def stored(
        self, sizes: Sequence[str], start: int, end: int, *, rth: bool = False, what: str | None = None
    ) -> "pd.DataFrame":
        """What the store has of [start, end), UTC nanoseconds, without asking IB."""
        self._stored = self._stored or StoredHistory(self.connection.db, self.instrument, self._csv_folder)
        found = self._stored.fetch(sizes, start, end, what=what or self.what, hours=hours_of(rth))
        return found.stitched() if len(sizes) > 1 else found.frames[BarSize.parse(sizes[0]).name]

    def _history(
        self, sizes: Sequence[str], start: int | None, end: int, *, rth: bool, what: str | None
    ) -> "pd.DataFrame":
        begins = [self._fetch(BarSize.parse(each), start, end, what or self.what, rth) for each in sizes]
        return self.stored(sizes, min([end, *begins]), end, rth=rth, what=what)

    def _fetch(self, size: BarSize, start: int | None, end: int, what: str, rth: bool) -> int:
        """Bring the store up to date; the answer is where the history begins."""
        history = self.connection.history
        series = BarSeries(*self.route, size.name, what, hours_of(rth))

        async def fetched(_: IBBroker) -> int:
            plan = await history.plan(self.instrument, series, start, end)
            if plan.requests > 1:
                say(plan.describe())
            await history.run(plan, alone=start is not None)
            return plan.start

        return self.connection.ib.run(fetched)

    @property
    def route(self) -> tuple[int, str]:
        """Contract and exchange: what is subscribed and stored."""
        return self.instrument.contract_id, self.instrument.exchange


def hours_of(rth: bool) -> Hours:
    """IB's two kinds of hours."""
    return "rth" if rth else "all"


def span_of(period: str) -> int:
    """A length of time in nanoseconds; raise `BadRequest` for a text that is none.

    >>> span_of("5d") == 5 * DAY, span_of("1mo") == 30 * DAY
    (True, True)
    """
    match = _PERIOD.fullmatch(period.strip().lower())
    if match is None or not int(match["count"]):
        raise BadRequest(f"period {period!r} is no length of time; write e.g. 6h, 5d, 2w, 3mo, 1y or max")
    return int(match["count"]) * _UNITS[match["unit"]]
