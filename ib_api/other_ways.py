"""Books, the account, profit and orders."""

from ib_api.asks import depth_ask
from ib_api.ib_contract import IBContract
from ib_api.lines import Line
from ib_api.requests_base import Stream
from ib_api.scheduling import Ask
from ib_api.ways import Way
from market.wanted import WantedAccount, WantedDepth, WantedOrders, WantedProfit


class _StreamWay(Way):
    """What is one stream at IB and nothing more."""

    stream: Stream | None = None

    @property
    def line(self) -> Line | None:
        return self.stream.line if self.stream else None

    def end(self) -> None:
        stream, self.stream, self.running = self.stream, None, False
        if stream is not None:
            stream.cancel()

    def lost(self) -> None:
        stream, self.stream, self.running = self.stream, None, False
        if stream is not None:
            self.desk.requests.forget(stream)


class DepthWay(_StreamWay):
    """An order book."""

    wanted: WantedDepth
    kind = "depth"

    def place(self) -> str:
        return "" if self.desk.scheduler.free("depth") else "all books are in use"

    async def ask(self) -> None:
        wanted, requests = self.wanted, self.desk.requests
        contract = IBContract.of(wanted.instrument)
        self.stream = await self.desk.send(
            depth_ask(contract),
            lambda: requests.req_market_depth(contract, wanted.rows, wanted.smart, listener=self._listener()),
        )
        self.running = True


class AccountWay(_StreamWay):
    """The account window; IB keeps one at a time."""

    wanted: WantedAccount
    farm = "none"

    async def ask(self) -> None:
        requests, account = self.desk.requests, self.wanted.account
        answer, self.stream = await self.desk.send(
            Ask(), lambda: requests.req_account_window(account, listener=self._listener())
        )
        await self.desk.answered(answer)
        self.running = True


class ProfitWay(_StreamWay):
    """Profit and loss."""

    wanted: WantedProfit
    farm = "none"

    async def ask(self) -> None:
        requests, wanted = self.desk.requests, self.wanted
        self.stream = await self.desk.send(
            Ask(),
            lambda: requests.req_profit(wanted.account, wanted.contract_id, listener=self._listener()),
        )
        self.running = True

    def lost(self) -> None:
        # Profit is TWS's own: it may go on although IB has lost the streams of market data.
        if self.stream is not None:
            self.stream.cancel()
        super().lost()


class OrdersWay(_StreamWay):
    """Orders and executions come by themselves on every connection; what was before is read once.

    After each further connection it is read anyway, for the sake of who has placed orders.
    """

    wanted: WantedOrders
    farm = "none"
    _read = False

    async def ask(self) -> None:
        if not self._read:
            await self.desk.reread()
        self._read = self.running = True
