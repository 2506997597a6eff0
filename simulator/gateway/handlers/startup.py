"""Starting the API, ids, accounts, times."""

import logging
from typing import TYPE_CHECKING

from simulator.gateway.dates import seconds
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.quotas import MOST_CLIENTS
from simulator.wire import messages, requests
from simulator.wire.asks import Ask
from simulator.wire.requests import NO_ID, Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

log = logging.getLogger("truetick.simulator")

_CLASH = "Unable to connect as the client id is already in use. Retry with a unique client id."


def _start(session: "Session", request: Request) -> None:
    """The request id is the client's id."""
    clients, client_id = session.services.clients, request.request_id
    full = len(clients) >= MOST_CLIENTS and not session.services.options.lenient
    if client_id in clients or full:
        text = f"Unable to connect as {MOST_CLIENTS} clients are connected already." if full else _CLASH
        log.warning("%s with client id %d is disconnected: %s", session.name, client_id, text)
        session.error(NO_ID, 326, text)
        session.close()
        return
    session.client_id = client_id
    clients[client_id] = session
    log.info("%s is client %d with server version %d", session.name, client_id, session.version)
    _accounts(session, request)
    _ids(session, request)
    for code, text in session.services.farms.notices():
        session.error(NO_ID, code, text)


def _accounts(session: "Session", request: Request) -> None:
    session.send(messages.managed_accounts(session.version, session.services.account))


def _ids(session: "Session", request: Request) -> None:
    assert session.client_id is not None
    next_id = session.services.orders.next_id(session.client_id)
    session.send(messages.next_valid_id(session.version, next_id))


def _time(session: "Session", request: Request) -> None:
    session.send(messages.current_time(session.version, seconds(session.reported)))


def _millis(session: "Session", request: Request) -> None:
    session.send(messages.current_time_in_millis(session.version, session.reported // 1_000_000))


def _user_info(session: "Session", request: Request) -> None:
    session.send(messages.user_info(session.version, request.request_id))


def _log_level(session: "Session", request: Request) -> None:
    log.info("%s asks for server log level %d; it changes nothing here", session.name, request.request_id)


ROUTES: Routes = {
    Ask.START_API: Route(requests.versioned_with_id, _start),
    Ask.IDS: Route(requests.plain, _ids),
    Ask.MANAGED_ACCOUNTS: Route(requests.plain, _accounts),
    Ask.CURRENT_TIME: Route(requests.plain, _time),
    Ask.CURRENT_TIME_IN_MILLIS: Route(requests.plain, _millis),
    Ask.USER_INFO: Route(requests.with_id, _user_info),
    Ask.SERVER_LOG_LEVEL: Route(requests.versioned_with_id, _log_level),
}
