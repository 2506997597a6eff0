"""What can be asked of TWS's clock and of the account."""

from collections.abc import Callable
from typing import Any

from ib_api.lines import AccountLine, Listener, ProfitLine
from ib_api.pending import Pending
from ib_api.requests_base import Requests, Stream
from market.errors import PacingRefused
from market.events import AccountValue, PositionUpdate

SUMMARY_TAGS = "AccountType,NetLiquidation,TotalCashValue,BuyingPower,GrossPositionValue,MaintMarginReq"

MILLIS_VERSION = 197
"""From here on TWS tells the time to the millisecond."""


class AccountRequests(Requests):
    """The part of `IBRequests` about time and account."""

    def req_current_time(self) -> Pending[int]:
        """TWS's time, whole seconds, as UTC nanoseconds."""
        return self._ask_named("current time", self.connector.reqCurrentTime)

    def req_current_time_in_millis(self) -> Pending[int]:
        """TWS's time to the millisecond, in UTC nanoseconds; whole seconds from an older TWS."""
        if (self.connector.serverVersion() or 0) < MILLIS_VERSION:
            return self.req_current_time()
        return self._ask_named("current time in millis", self.connector.reqCurrentTimeInMillis)

    def req_managed_accounts(self) -> Pending[tuple[str, ...]]:
        """The accounts of this login."""
        return self._ask_named("managed accounts", self.connector.reqManagedAccts)

    def req_account_updates(self, account: str = "", subscribe: bool = True) -> Pending[list[AccountValue]]:
        """Subscribe to the account window; answers its values once, then events come every three minutes.

        IB keeps one account subscribed; another one takes its place.
        """
        connector = self.connector
        if not subscribe:
            connector.reqAccountUpdates(False, account)
            ended: Pending[list[AccountValue]] = Pending("account updates")
            ended.resolve([])
            return ended
        return self._ask_named("account updates", lambda: connector.reqAccountUpdates(True, account), account)

    def req_account_window(
        self, account: str, listener: Listener | None = None
    ) -> tuple[Pending[list[AccountValue]], Stream]:
        """The account window: its values now, and the stream of values and positions as they change.

        IB tells changes every three minutes, and at once when a position changes. It keeps the window of one
        account at a time, so a second one raises `PacingRefused` while the first runs. Whoever gives up the
        answer ends the stream too; a refusal fails the answer and is told to `listener`.
        """
        lines = list(self.registry.streams.values())
        running = next((each for each in lines if isinstance(each, AccountLine)), None)
        if running is not None:
            raise PacingRefused(f"IB keeps one account window and the {running.what} runs; cancel it first")
        connector, line = self.connector, AccountLine(f"account window of {account}", account)
        line.listener = listener or line.listener
        asked: list[Pending[list[AccountValue]]] = []
        stream = self._stream(
            line,
            lambda request_id: asked.append(self.req_account_updates(account)),
            lambda request_id: connector.reqAccountUpdates(False, account),
        )

        def settled(answer: Pending[list[AccountValue]]) -> None:
            if answer.error is not None:
                if self.registry.streams.pop(stream.request_id, None) is not None:
                    line.listener.refused(answer.error)
            elif not answer.answered:
                stream.cancel()

        (answer,) = asked
        answer.add_done_callback(settled)
        return answer, stream

    def req_profit(self, account: str, contract_id: int = 0, listener: Listener | None = None) -> Stream:
        """Profit and loss of an account as it changes, about once a second; with `contract_id` of a position.

        Comes as `ProfitUpdate` events; IB writes them in the account's currency.
        """
        connector = self.connector
        of = f"{contract_id} in {account}" if contract_id else account
        line = ProfitLine(f"profit and loss of {of}", account, contract_id)
        line.listener = listener or line.listener
        if contract_id:
            return self._stream(
                line,
                lambda request_id: connector.reqPnLSingle(request_id, account, "", contract_id),
                connector.cancelPnLSingle,
            )
        return self._stream(
            line, lambda request_id: connector.reqPnL(request_id, account, ""), connector.cancelPnL
        )

    def req_account_summary(self, tags: str = SUMMARY_TAGS) -> Pending[list[AccountValue]]:
        """Chosen values of all accounts, once."""
        connector = self.connector
        answer = self._ask(
            "account summary",
            lambda request_id: connector.reqAccountSummary(request_id, "All", tags),
            connector.cancelAccountSummary,
        )
        self._release(answer, connector.cancelAccountSummary)
        return answer

    def req_positions(self) -> Pending[list[PositionUpdate]]:
        """What all accounts hold; further changes come as events."""
        return self._ask_named("positions", self.connector.reqPositions)

    def _release(self, answer: Pending[Any], cancel: Callable[[int], None]) -> None:
        """Take the subscription back that IB leaves open behind a one-time answer."""

        def once(answer: Pending[Any]) -> None:
            if answer.answered:
                self._tell_if_connected(cancel, answer.request_id)

        answer.add_done_callback(once)
