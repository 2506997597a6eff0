"""Account values and positions, refreshed every three minutes as IB does."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from market.times import SECOND, to_datetime
from simulator.gateway import portfolio, refusals
from simulator.gateway.dates import GATEWAY_ZONE
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.portfolio import Position, Value
from simulator.stream import Beat, Stream
from simulator.wire import messages, requests
from simulator.wire.asks import Ask
from simulator.wire.requests import NO_ID, AccountSummaryRequest, AccountUpdatesRequest, Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

REFRESH = 180 * SECOND
_UPDATES, _SUMMARY = "account", "summary"


def _positions(session: "Session") -> list[Position]:
    services = session.services
    return portfolio.positions(services.universe, services.model, session.now)


def _values(session: "Session") -> list[Value]:
    return portfolio.values(_positions(session), session.services.account)


def _every_three_minutes(session: "Session", send: Callable[[], None]) -> Stream[Beat]:
    start = session.now + REFRESH
    return Stream(
        session.services.clock,
        lambda begin, end: [Beat(t) for t in range(begin + (start - begin) % REFRESH, end, REFRESH)],
        lambda beat: send(),
        start=start,
    )


def _updates(session: "Session", request: AccountUpdatesRequest) -> None:
    """One subscription per client: a second one replaces the first."""
    if request.account not in ("", session.services.account):
        raise refusals.invalid(f"Invalid account code '{request.account}'.")
    session.stop(_UPDATES, NO_ID)
    if not request.subscribe:
        return
    _send_updates(session)
    session.send(messages.account_download_end(session.version, session.services.account))
    session.run(_UPDATES, NO_ID, lambda: _every_three_minutes(session, lambda: _send_updates(session)))


def _send_updates(session: "Session") -> None:
    version, account = session.version, session.services.account
    for value in _values(session):
        session.send(messages.account_value(version, value.key, value.text, value.currency, account))
    for held in _positions(session):
        it = held.listing.instrument
        session.send(messages.portfolio_value(version, it, held.quantity, held.price, held.cost, account))
    clock = to_datetime(session.now).astimezone(ZoneInfo(GATEWAY_ZONE)).strftime("%H:%M")
    session.send(messages.account_time(version, clock))


def _summary(session: "Session", request: AccountSummaryRequest) -> None:
    """The tags asked for; ``$LEDGER`` tags and those this account has not are left out, as IB does."""
    session.run(
        _SUMMARY,
        request.request_id,
        lambda: _every_three_minutes(session, lambda: _send_summary(session, request)),
    )
    _send_summary(session, request)
    session.send(messages.account_summary_end(session.version, request.request_id))


def _send_summary(session: "Session", request: AccountSummaryRequest) -> None:
    version, account = session.version, session.services.account
    for value in _values(session):
        if value.key in request.tags or "All" in request.tags:
            line = (value.key, value.text, value.currency)
            session.send(messages.account_summary(version, request.request_id, account, *line))


def _cancel_summary(session: "Session", request: Request) -> None:
    if not session.stop(_SUMMARY, request.request_id):
        raise refusals.unknown(request.request_id)


def _send_positions(session: "Session", request: Request) -> None:
    account = session.services.account
    for held in _positions(session):
        it = held.listing.instrument
        session.send(messages.position(session.version, it, held.quantity, held.cost, account))
    session.send(messages.position_end(session.version))


def _positions_multi(session: "Session", request: Request) -> None:
    account, request_id = session.services.account, request.request_id
    for held in _positions(session):
        it = held.listing.instrument
        session.send(
            messages.position_multi(session.version, request_id, it, held.quantity, held.cost, account)
        )
    session.send(messages.position_multi_end(session.version, request_id))


def _updates_multi(session: "Session", request: Request) -> None:
    version, account, request_id = session.version, session.services.account, request.request_id
    for value in _values(session):
        line = (value.key, value.text, value.currency)
        session.send(messages.account_update_multi(version, request_id, account, *line))
    session.send(messages.account_update_multi_end(version, request_id))


def _nothing_to_cancel(session: "Session", request: Request) -> None:
    """Positions never change here, so that their subscriptions are over once answered."""


ROUTES: Routes = {
    Ask.ACCOUNT_UPDATES: Route(requests.account_updates, _updates),
    Ask.ACCOUNT_SUMMARY: Route(requests.account_summary, _summary),
    Ask.CANCEL_ACCOUNT_SUMMARY: Route(requests.versioned_with_id, _cancel_summary),
    Ask.POSITIONS: Route(requests.plain, _send_positions),
    Ask.CANCEL_POSITIONS: Route(requests.plain, _nothing_to_cancel),
    Ask.POSITIONS_MULTI: Route(requests.versioned_with_id, _positions_multi),
    Ask.CANCEL_POSITIONS_MULTI: Route(requests.versioned_with_id, _nothing_to_cancel),
    Ask.ACCOUNT_UPDATES_MULTI: Route(requests.versioned_with_id, _updates_multi),
    Ask.CANCEL_ACCOUNT_UPDATES_MULTI: Route(requests.versioned_with_id, _nothing_to_cancel),
}
