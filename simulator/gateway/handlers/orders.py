"""Placing, changing, cancelling and reading orders; reading executions."""

from typing import TYPE_CHECKING

from simulator.gateway import executions, refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire import messages, order_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.order_requests import BindRequest, ExecutionsRequest, PlaceOrderRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _check_read_only(session: "Session") -> None:
    if session.services.options.read_only:
        raise refusals.read_only()


def _place(session: "Session", request: PlaceOrderRequest) -> None:
    """Read-only refuses a what-if too."""
    _check_read_only(session)
    session.services.orders.place(session, request)


def _cancel(session: "Session", request: Request) -> None:
    _check_read_only(session)
    session.services.orders.cancel(session, request.request_id)


def _cancel_all(session: "Session", request: Request) -> None:
    """TWS says nothing when there is nothing to cancel."""
    _check_read_only(session)
    session.services.orders.cancel_all()


def _open_orders(session: "Session", request: Request) -> None:
    """A question, yet TWS's read-only setting refuses it too: it would bind orders to this client."""
    _show_open(session, everybody=False)


def _all_open_orders(session: "Session", request: Request) -> None:
    _show_open(session, everybody=True)


def _show_open(session: "Session", everybody: bool) -> None:
    _check_read_only(session)
    session.services.orders.show_open(session, everybody)
    session.send(messages.open_order_end(session.version))


def _auto_open_orders(session: "Session", request: BindRequest) -> None:
    """For client id 0 it is granted in silence: there are no orders made in TWS that could be bound."""
    _check_read_only(session)
    if session.client_id != 0:
        raise refusals.invalid("Only the default client (i.e 0) can auto bind orders.")


def _completed(session: "Session", request: Request) -> None:
    session.services.orders.show_completed(session)
    session.send(messages.completed_orders_end(session.version))


def _executions(session: "Session", request: ExecutionsRequest) -> None:
    executions.show(session, request)


ROUTES: Routes = {
    Ask.PLACE_ORDER: Route(order_requests.place_order, _place),
    Ask.CANCEL_ORDER: Route(order_requests.cancel_order, _cancel),
    Ask.GLOBAL_CANCEL: Route(order_requests.cancel_all, _cancel_all),
    Ask.OPEN_ORDERS: Route(requests.plain, _open_orders),
    Ask.ALL_OPEN_ORDERS: Route(requests.plain, _all_open_orders),
    Ask.AUTO_OPEN_ORDERS: Route(order_requests.auto_open_orders, _auto_open_orders),
    Ask.COMPLETED_ORDERS: Route(order_requests.completed_orders, _completed),
    Ask.EXECUTIONS: Route(order_requests.executions, _executions),
}
