"""Profit and loss as it changes: of the account, and of one contract.

IB's page on profit and loss gives no interval; clients see about one message a second.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from market.times import SECOND
from simulator.exchange.api import ZERO
from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.watch import Watch
from simulator.wire import account_messages, account_requests, requests
from simulator.wire.account_requests import MultiRequest, PnlSingleRequest
from simulator.wire.asks import Ask
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_ACCOUNT, _CONTRACT = "pnl", "pnl single"


def _pnl(session: "Session", request: MultiRequest) -> None:
    session.services.check_account(request.account)

    def frame() -> bytes:
        profit = session.services.ledger.profit(session.now)
        amounts = (profit.daily, profit.unrealised, profit.realised)
        return account_messages.pnl(session.version, request.request_id, *amounts)

    _follow(session, _ACCOUNT, request.request_id, frame)


def _pnl_single(session: "Session", request: PnlSingleRequest) -> None:
    session.services.check_account(request.account)
    if all(each.instrument.contract_id != request.contract_id for each in session.services.model.listings):
        raise refusals.no_definition()
    _follow(session, _CONTRACT, request.request_id, lambda: _single(session, request))


def _single(session: "Session", request: PnlSingleRequest) -> bytes:
    """In the account's currency; what was never held has a position of 0 and no amounts."""
    ledger, now = session.services.ledger, session.now
    position, profit = ledger.position(request.contract_id, now), ledger.profit(now, request.contract_id)
    write, ids = account_messages.pnl_single, (session.version, request.request_id)
    if position is None:
        return write(*ids, ZERO, None, None, None, None)
    value = round(position.value * ledger.rate(position.instrument.currency, now), 2)
    return write(*ids, position.quantity.normalize(), profit.daily, profit.unrealised, profit.realised, value)


def _follow(session: "Session", kind: str, request_id: int, frame: Callable[[], bytes]) -> None:
    """Send the frame now, and after every second in which it has become another."""
    last = b""

    def send() -> None:
        nonlocal last
        if (new := frame()) != last:
            last = new
            session.send(new)

    def start() -> Watch:
        return Watch(session.services, lambda changed: send(), every=SECOND, fills=False)

    session.run(kind, request_id, start)
    send()


def _cancel(kind: str) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        if not session.stop(kind, request.request_id):
            raise refusals.unknown(request.request_id)

    return serve


ROUTES: Routes = {
    Ask.PNL: Route(account_requests.pnl, _pnl),
    Ask.CANCEL_PNL: Route(requests.with_id, _cancel(_ACCOUNT)),
    Ask.PNL_SINGLE: Route(account_requests.pnl_single, _pnl_single),
    Ask.CANCEL_PNL_SINGLE: Route(requests.with_id, _cancel(_CONTRACT)),
}
