"""Orders are not traded here yet: questions get an honest empty answer, orders a refusal."""

import logging
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.refused import Refused
from simulator.wire import messages, requests
from simulator.wire.asks import Ask
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

log = logging.getLogger("truetick.simulator")


def _check_read_only(session: "Session") -> None:
    if session.services.options.read_only:
        raise refusals.read_only()


def _place(session: "Session", request: Request) -> None:
    _check_read_only(session)
    raise Refused(201, "Order rejected - reason:Orders are not simulated by this gateway.")


def _cancel(session: "Session", request: Request) -> None:
    _check_read_only(session)
    raise Refused(10147, f"OrderId {request.request_id} that needs to be cancelled is not found.")


def _cancel_all(session: "Session", request: Request) -> None:
    """TWS says nothing when there is nothing to cancel."""
    _check_read_only(session)
    log.info("%s cancels all orders; there are none", session.name)


def _open_orders(session: "Session", request: Request) -> None:
    """A question, yet TWS's read-only setting refuses it too: it would bind orders to this client."""
    _check_read_only(session)
    session.send(messages.open_order_end(session.version))


def _completed(session: "Session", request: Request) -> None:
    session.send(messages.completed_orders_end(session.version))


def _executions(session: "Session", request: Request) -> None:
    session.send(messages.execution_data_end(session.version, request.request_id))


ROUTES: Routes = {
    Ask.PLACE_ORDER: Route(requests.with_id, _place),
    Ask.CANCEL_ORDER: Route(requests.cancel_order, _cancel),
    Ask.GLOBAL_CANCEL: Route(requests.plain, _cancel_all),
    Ask.OPEN_ORDERS: Route(requests.plain, _open_orders),
    Ask.ALL_OPEN_ORDERS: Route(requests.plain, _open_orders),
    Ask.AUTO_OPEN_ORDERS: Route(requests.plain, _open_orders),
    Ask.COMPLETED_ORDERS: Route(requests.plain, _completed),
    Ask.EXECUTIONS: Route(requests.versioned_with_id, _executions),
}
