"""Ticks: every one of them, or the market-data line in their place."""

from ib_api.asks import ticks_ask
from ib_api.errors import NotSupported
from ib_api.ib_contract import IBContract
from ib_api.lines import Line
from ib_api.market_lines import SharedLine
from ib_api.requests_base import Stream
from ib_api.ways import Desk, Way
from market.errors import BadRequest, NoPermission, PacingRefused
from market.events import DataType, TickSource, TickType
from market.instrument import Instrument
from market.wanted import WantedTicks

_UNTRADED = ("CASH", "CMDTY")


def check_deliverable(instrument: Instrument, tick_type: TickType) -> None:
    """Raise `BadRequest` for ticks that this kind of contract never has, since their stream stays silent.

    IB's table of historical data types says which these are: no trades of currency pairs and metals, no bid
    and ask of indices.
    """
    trades = tick_type in ("Last", "AllLast")
    if trades and instrument.sec_type in _UNTRADED:
        raise BadRequest(f"{instrument.ticker} has no trades, only quotes; stream BidAsk or MidPoint")
    if not trades and instrument.sec_type == "IND":
        raise BadRequest(f"{instrument.ticker} is an index and has no quotes; stream Last")


class TickWay(Way):
    """A tick-by-tick stream; where IB refuses that, and it may be otherwise, the market-data line."""

    wanted: WantedTicks

    def __init__(self, wanted: WantedTicks, desk: Desk) -> None:
        super().__init__(wanted, desk)
        check_deliverable(wanted.instrument, wanted.tick_type)
        self.instrument = wanted.instrument
        self.kind = wanted.tick_type
        self._by_tick: Stream | None = None
        self._shared: SharedLine | None = None
        self._short = False
        self._use("l1" if wanted.source == "l1" else "tbt")

    @property
    def improvable(self) -> bool:
        """Whether it comes from the line only because all tick-by-tick streams were in use."""
        return self._short and self.source == "l1"

    def improve(self) -> None:
        """Give up the line: ask for every tick next time."""
        self.end()
        self._use("tbt")

    @property
    def data_type(self) -> DataType | None:
        """How fresh it is; `None` until IB has said so."""
        if self.source == "tbt":
            return DataType.LIVE
        return self._shared.line.data_type if self._shared and self._shared.line else None

    @property
    def line(self) -> Line | None:
        if self._by_tick is not None:
            return self._by_tick.line
        return self._shared.line if self._shared else None

    def place(self) -> str:
        free = self.desk.scheduler.free
        if self.source == "tbt" and not free("ticks"):
            if self.wanted.strict:
                return "all tick-by-tick streams are in use"
            self._use("l1")
            self._short = True
            self.on_advised(0, "from the market-data line: all tick-by-tick streams are in use")
        if self.source == "l1" and not free("line") and not self.desk.lines.has(self.wanted.route):
            return "all market-data lines are in use"
        return ""

    async def ask(self) -> None:
        if self.source == "l1":
            shared = await self.desk.lines.join(self)
            self._shared = shared
        else:
            requests, contract = self.desk.requests, IBContract.of(self.instrument)
            self._by_tick = await self.desk.send(
                ticks_ask(contract),
                lambda: requests.req_tick_by_tick(contract, self.wanted.tick_type, listener=self._listener()),
            )
        self.running = True

    def end(self) -> None:
        stream, self._by_tick, self._shared, self.running = self._by_tick, None, None, False
        if stream is not None:
            stream.cancel()
        self.desk.lines.leave(self)

    def lost(self) -> None:
        if self._by_tick is not None:
            self.desk.requests.forget(self._by_tick)
        self._by_tick, self._shared, self.running = None, None, False

    def mute(self, silent: bool) -> None:
        streams = self.desk.requests.registry.streams
        if self._by_tick is not None and self._by_tick.request_id in streams:
            line = self._by_tick.line
            # What is no tick-by-tick line takes no ticks, and still hears what IB says.
            still = Line(line.what, line.contract_id, line.exchange)
            still.listener = line.listener
            streams[self._by_tick.request_id] = still if silent else line

    def fall_back(self, error: Exception) -> str:
        """From tick-by-tick to the line, where IB has no tick-by-tick stream for us."""
        if self.source != "tbt" or self.wanted.strict:
            return ""
        if isinstance(error, PacingRefused):
            why = "all tick-by-tick streams are in use"
        elif isinstance(error, NotSupported):
            why = "IB has no tick-by-tick data for this kind of contract"
        elif isinstance(error, NoPermission):
            why = "tick-by-tick data is not permitted, subscribe to it in Client Portal"
        else:
            return ""
        self._use("l1")
        self._short = isinstance(error, PacingRefused)
        return f"from the market-data line: {why} ({error.code})"

    def line_refused(self, error: Exception) -> None:
        """See `market_lines.LineUser`."""
        self._shared = None
        self._refused(error)

    def line_changes(self) -> None:
        """See `market_lines.LineUser`."""
        self._shared, self.running = None, False
        self.on_changed()

    def advised(self, code: int, text: str) -> None:
        """See `market_lines.LineUser`."""
        self.on_advised(code, text)

    def _use(self, source: TickSource) -> None:
        self.source = source
        self.lingers = source == "tbt"
        self.tick_type: TickType = self.wanted.tick_type
        # The line has no midpoints and no difference between Last and AllLast.
        if source == "l1":
            self.tick_type = "BidAsk" if self.tick_type in ("BidAsk", "MidPoint") else "Last"
