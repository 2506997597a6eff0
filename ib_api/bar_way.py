"""Bars as they form: IB's own of 5 seconds, or a historical request that is kept up to date."""

from ib_api.asks import kept_ask, live_bars_ask
from ib_api.ib_contract import IBContract
from ib_api.lines import Line
from ib_api.requests_base import Stream
from ib_api.ways import Desk, Way
from market.errors import BadRequest
from market.times import DAY
from market.wanted import WantedBars

LIVE_SIZE = "5s"

_SPANS = ((30, "1800 S"), (1800, "1 D"), (4 * 3600, "1 W"), (DAY // 1_000_000_000, "1 M"))


def span_of(seconds: int) -> str:
    """A span that IB serves with bars of that length, and that holds a few of them.

    >>> span_of(60), span_of(604800)
    ('1 D', '1 Y')
    """
    return next((span for longest, span in _SPANS if seconds <= longest), "1 Y")


class BarWay(Way):
    """One of the two, by the size."""

    wanted: WantedBars

    def __init__(self, wanted: WantedBars, desk: Desk) -> None:
        super().__init__(wanted, desk)
        if wanted.what == "TRADES" and wanted.instrument.sec_type == "CASH":
            raise BadRequest(f"{wanted.instrument.ticker} has no trades; ask for bars of MIDPOINT")
        self.kind = wanted.size.name
        self._stream: Stream | None = None
        self._own = self.kind == LIVE_SIZE
        self.source = "rtbar" if self._own else "live"
        self.farm = "market_data" if self._own else "history"

    @property
    def line(self) -> Line | None:
        return self._stream.line if self._stream else None

    def place(self) -> str:
        if not self._own and not self.desk.scheduler.free("kept"):
            return "all places for bars that are kept up to date are in use"
        return ""

    async def ask(self) -> None:
        wanted, requests = self.wanted, self.desk.requests
        contract = IBContract.of(wanted.instrument)
        if self._own:
            self._stream = await self.desk.send(
                live_bars_ask(contract, wanted.what),
                lambda: requests.req_real_time_bars(
                    contract, wanted.what, wanted.hours, listener=self._listener()
                ),
            )
            self.running = True
            return
        span = span_of(wanted.size.seconds)
        answer, self._stream = await self.desk.send(
            kept_ask(contract, wanted.size, wanted.what, f"{span} {wanted.hours}"),
            lambda: requests.req_bars_kept_up_to_date(
                contract, span, wanted.size.ib, wanted.what, wanted.hours, listener=self._listener()
            ),
        )
        await self.desk.answered(answer)
        self.running = True

    def end(self) -> None:
        stream, self._stream, self.running = self._stream, None, False
        if stream is not None:
            stream.cancel()

    def lost(self) -> None:
        stream, self._stream, self.running = self._stream, None, False
        if stream is not None:
            self.desk.requests.forget(stream)
