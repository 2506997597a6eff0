"""Orders: read-only unless told otherwise."""

from ib_api._ibapi import Contract, ExecutionFilter, Order, cancel_arguments, exercise_arguments
from ib_api.ib_connector import IBConnector
from ib_api.ib_contract import describe
from ib_api.pending import Pending
from ib_api.requests_base import Requests
from market.errors import BadRequest
from market.events import Execution, OrderUpdate


class IBOrders(Requests):
    """Place, cancel and read orders over a connector.

    Read-only is the default: what would open or change a position raises `BadRequest`. A cancel is always
    allowed. Outcomes come as `OrderUpdate` and `Execution` events.
    """

    def __init__(self, connector: IBConnector, *, read_only: bool = True) -> None:
        super().__init__(connector)
        self.read_only = read_only

    def place_order(self, contract: Contract, order: Order, order_id: int | None = None) -> int:
        """Send an order, or a change under its old id; answer its id."""
        self._check_allowed("place an order")
        order_id = self.next_order_id() if order_id is None else order_id
        self.connector.placeOrder(order_id, contract, order)
        return order_id

    def exercise_options(
        self, contract: Contract, quantity: int, account: str, *, lapse: bool = False, override: bool = False
    ) -> int:
        """Exercise options or let them lapse, with `override` even out of the money; answers the order id."""
        self._check_allowed("exercise options")
        if contract.secType not in ("OPT", "FOP", ""):
            raise BadRequest(f"{describe(contract)} is no option")
        order_id = self.next_order_id()
        action, extra = 2 if lapse else 1, exercise_arguments()
        self.connector.exerciseOptions(order_id, contract, action, quantity, account, int(override), *extra)
        return order_id

    def next_order_id(self) -> int:
        """An order id that this client has not used."""
        return self.connector.callbacks.take_order_id()

    def cancel_order(self, order_id: int) -> None:
        """Ask for a cancel; the outcome is an `OrderUpdate`."""
        self.connector.cancelOrder(order_id, *cancel_arguments())

    def req_global_cancel(self) -> None:
        """Cancel every order of the account, also those of other programs and of TWS itself."""
        self.connector.reqGlobalCancel(*cancel_arguments())

    def req_open_orders(self) -> Pending[list[OrderUpdate]]:
        """The working orders of this client id."""
        return self._ask_named("open orders", self.connector.reqOpenOrders, "own")

    def req_all_open_orders(self) -> Pending[list[OrderUpdate]]:
        """The working orders of all clients, once."""
        return self._ask_named("open orders", self.connector.reqAllOpenOrders, "all")

    def req_auto_open_orders(self, bind: bool = True) -> None:
        """Take over orders that are made in TWS by hand; IB allows it to client id 0 only."""
        if self.connector.clientId != 0:
            raise BadRequest("orders made in TWS go to client id 0 only; connect with it")
        self.connector.reqAutoOpenOrders(bind)

    def req_completed_orders(self, api_only: bool = False) -> Pending[list[OrderUpdate]]:
        """The orders of today that no longer work."""
        return self._ask_named(
            "completed orders", lambda: self.connector.reqCompletedOrders(api_only), api_only
        )

    def req_executions(self, criteria: ExecutionFilter | None = None) -> Pending[list[Execution]]:
        """The fills since midnight, all that IB keeps; each also comes as an event, known ones again.

        They have the commissions that IB has told by then; a later one comes as the event of its fill,
        complete. An empty answer may not come at all: time it out.
        """
        chosen = ExecutionFilter() if criteria is None else criteria
        return self._ask("executions", lambda request_id: self.connector.reqExecutions(request_id, chosen))

    def _check_allowed(self, deed: str) -> None:
        if self.read_only:
            raise BadRequest(
                f"read-only: will not {deed}; construct IBOrders(connector, read_only=False) to allow it"
            )
