"""Everything that can be asked of IB, except orders."""

from typing import Literal

from ib_api._ibapi import Contract
from ib_api.account_requests import AccountRequests
from ib_api.asks import (
    HISTORY_OF,
    head_ask,
    history_ask,
    kept_ask,
    line_ask,
    live_bars_ask,
    past_ticks_ask,
    ticks_ask,
)
from ib_api.contract_requests import ContractRequests
from ib_api.depth_requests import DepthRequests
from ib_api.ib_contract import describe
from ib_api.lines import BarLine, Listener, MarketDataLine, TickByTickLine
from ib_api.pending import Pending
from ib_api.requests_base import Holding, Stream
from ib_api.schedule_requests import ScheduleRequests
from ib_api.translate import BarSpec, TickSpec
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Bar, Hours, Tick, TickType
from market.times import to_ib

_UTC_SECONDS = 2
"""IB's formatDate for seconds since 1970."""


class IBRequests(AccountRequests, ContractRequests, DepthRequests, ScheduleRequests):
    """Ask; each method answers a `Pending`, or a `Stream` for what keeps coming.

    Requests wait up to 16 s by themselves where IB's limits demand it, and raise `PacingRefused` beyond.
    Every method raises `NotConnected` without a connection.
    """

    # -- streams

    def req_market_data_type(self, number: int) -> None:
        """What later market-data lines may give: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""
        self.connector.reqMarketDataType(number)

    def req_market_data(
        self, contract: Contract, generic_ticks: str = "", listener: Listener | None = None
    ) -> Stream:
        """The market-data line of a contract; events are marked ``l1``. Never a snapshot: some cost money."""
        line = MarketDataLine(f"market data of {describe(contract)}", contract.conId, contract.exchange)
        line.listener = listener or line.listener
        connector = self.connector
        return self._stream(
            line,
            lambda request_id: connector.reqMktData(request_id, contract, generic_ticks, False, False, []),
            connector.cancelMktData,
            line_ask(contract),
        )

    def cancel_market_data(self, stream: Stream) -> None:
        """End a market-data line."""
        stream.cancel()

    def req_tick_by_tick(
        self,
        contract: Contract,
        tick_type: TickType = "Last",
        history: int = 0,
        listener: Listener | None = None,
    ) -> Stream:
        """Every tick; `history` asks for that many past ones first, `listener` hears of a refusal."""
        kind: Literal["Last", "AllLast"] = "AllLast" if tick_type == "AllLast" else "Last"
        what = f"tick-by-tick {tick_type} of {describe(contract)}"
        line = TickByTickLine(what, contract.conId, contract.exchange, kind)
        line.listener = listener or line.listener
        connector = self.connector
        return self._stream(
            line,
            lambda request_id: connector.reqTickByTickData(request_id, contract, tick_type, history, False),
            connector.cancelTickByTickData,
            ticks_ask(contract),
        )

    def cancel_tick_by_tick(self, stream: Stream) -> None:
        """End a tick-by-tick stream."""
        stream.cancel()

    def req_real_time_bars(
        self,
        contract: Contract,
        what: str = "TRADES",
        hours: Hours = "all",
        listener: Listener | None = None,
    ) -> Stream:
        """5-second bars; they count as small historical requests."""
        line = BarLine(
            f"5-second bars of {describe(contract)}", contract.conId, contract.exchange, "5s", what, hours
        )
        line.listener = listener or line.listener
        connector = self.connector
        return self._stream(
            line,
            lambda request_id: connector.reqRealTimeBars(request_id, contract, 5, what, hours == "rth", []),
            connector.cancelRealTimeBars,
            live_bars_ask(contract, what),
        )

    # -- history

    def request_historical_data(
        self,
        contract: Contract,
        duration: str,
        bar_size: str,
        *,
        end: int | None = None,
        what: str = "TRADES",
        hours: Hours = "all",
    ) -> Pending[list[Bar]]:
        """Bars of IB's `duration` (``1 D``) up to `end` (UTC nanoseconds; default: now), oldest first.

        All are marked final; a bar that still runs at `end` is not told apart. Raises `NoData`,
        `NoPermission`, `PacingRefused` or `RequestRejected` as IB's 162 says.
        """
        size = BarSize.parse(bar_size)
        name = f"{size} bars of {describe(contract)}"
        spec = BarSpec(contract.conId, contract.exchange, size.name, what, hours)
        when = "" if end is None else to_ib(end)
        return self._ask(
            name,
            lambda request_id: self._send_history(
                request_id, contract, when, duration, size, what, hours, False
            ),
            self.connector.cancelHistoricalData,
            spec,
            history_ask(contract, size, what, f"{when} {duration} {hours}"),
        )

    def cancel_historical_data(self, answer: Pending[list[Bar]]) -> None:
        """Give up a historical request."""
        answer.cancel()

    def req_bars_kept_up_to_date(
        self,
        contract: Contract,
        duration: str,
        bar_size: str,
        what: str = "TRADES",
        hours: Hours = "all",
        listener: Listener | None = None,
    ) -> tuple[Pending[list[Bar]], Stream]:
        """Bars up to now and the stream that goes on with them: each update is the running bar, not final.

        It holds a place among the 50 historical requests until it is cancelled, refused or cut off; whoever
        gives up the answer ends the stream too. A refusal fails the answer and is told to `listener`.
        """
        size = BarSize.parse(bar_size)
        name = f"running {size} bars of {describe(contract)}"
        spec = BarSpec(contract.conId, contract.exchange, size.name, what, hours)
        permit = self.scheduler.claim(kept_ask(contract, size, what, f"{duration} {hours}"))
        line = BarLine(name, *spec)
        line.listener = holding = Holding(permit, listener or line.listener)

        def send(request_id: int) -> None:
            self.registry.streams[request_id] = line
            try:
                self._send_history(request_id, contract, "", duration, size, what, hours, True)
            except BaseException:
                self.registry.streams.pop(request_id, None)
                raise

        answer = self._ask_by(permit, name, send, self.connector.cancelHistoricalData, spec)
        return answer, self._kept_stream(answer, line, holding)

    def req_historical_ticks(
        self, contract: Contract, tick_type: TickType, start: int, count: int = 1000, hours: Hours = "all"
    ) -> Pending[list[Tick]]:
        """Ticks from the second of `start` on: `count` (1000 at most), then to the end of that second."""
        if not 1 <= count <= 1000:
            raise BadRequest(f"IB serves 1 to 1000 historical ticks at a time, not {count}")
        what = HISTORY_OF[tick_type]
        when = to_ib(start)
        connector = self.connector
        return self._ask(
            f"historical {tick_type} ticks of {describe(contract)}",
            lambda request_id: connector.reqHistoricalTicks(
                request_id, contract, when, "", count, what, hours == "rth", False, []
            ),
            None,
            TickSpec(contract.conId, contract.exchange, tick_type),
            past_ticks_ask(contract, tick_type, start, count, hours),
        )

    def req_head_timestamp(
        self, contract: Contract, what: str = "TRADES", hours: Hours = "all"
    ) -> Pending[int]:
        """The time of the earliest bar, UTC nanoseconds."""
        connector = self.connector
        answer = self._ask(
            f"first bar of {describe(contract)}",
            lambda request_id: connector.reqHeadTimeStamp(
                request_id, contract, what, int(hours == "rth"), _UTC_SECONDS
            ),
            connector.cancelHeadTimeStamp,
            ask=head_ask(contract, what),
        )
        self._release(answer, connector.cancelHeadTimeStamp)
        return answer

    # The names that IB's own client has for them.
    reqMarketData = req_market_data  # noqa: N815
    reqHistoricalData = request_historical_data  # noqa: N815

    def _send_history(
        self,
        request_id: int,
        contract: Contract,
        end: str,
        duration: str,
        size: BarSize,
        what: str,
        hours: Hours,
        keep: bool,
    ) -> None:
        rth = int(hours == "rth")
        self.connector.reqHistoricalData(
            request_id, contract, end, duration, size.ib, what, rth, _UTC_SECONDS, keep, []
        )

    def _kept_stream(self, answer: Pending[list[Bar]], line: BarLine, holding: Holding) -> Stream:
        def unanswered(answer: Pending[list[Bar]]) -> None:
            if not answer.answered:
                self.registry.streams.pop(answer.request_id, None)
                holding.unanswered(answer)

        def end(request_id: int) -> None:
            if answer.cancel() or self.registry.streams.pop(request_id, None) is None:
                return
            self._tell_if_connected(self.connector.cancelHistoricalData, request_id)
            holding.permit.release()

        answer.add_done_callback(unanswered)
        return Stream(answer.request_id, line, end)
