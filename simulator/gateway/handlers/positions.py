"""Positions, as subscriptions: all at first, then each as it changes."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from simulator.account import Position
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.watch import Watch
from simulator.model.api import Listing
from simulator.wire import account_messages, account_requests, requests
from simulator.wire.account_requests import MultiRequest
from simulator.wire.asks import Ask
from simulator.wire.requests import NO_ID, Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_POSITIONS, _MULTI = "positions", "positions multi"


def positions_in(session: "Session", listings: Iterable[Listing]) -> list[Position]:
    """The positions in these contracts, as far as they were ever held."""
    ledger = session.services.ledger
    found = (ledger.position(each.instrument.contract_id, session.now) for each in listings)
    return [each for each in found if each is not None]


def portfolio_row(version: int, account: str, position: Position) -> bytes:
    """The message of a position in account updates."""
    quantity, average_cost = _amounts(position)
    return account_messages.portfolio_value(
        version,
        position.instrument,
        quantity,
        price=position.price,
        value=position.value,
        average_cost=average_cost,
        unrealised=round(position.unrealised, 2),
        realised=round(position.realised, 2),
        account=account,
    )


def _amounts(position: Position) -> tuple[Decimal, Decimal]:
    """Quantity and average cost, as short as they can be written."""
    return position.quantity.normalize(), round(position.average_cost, 8).normalize()


def _positions(session: "Session", request: Request) -> None:
    """One subscription per client; asking again sends all of it again."""
    session.stop(_POSITIONS, NO_ID)

    def send(positions: Iterable[Position]) -> None:
        for each in positions:
            row = (session.services.account, each.instrument, *_amounts(each))
            session.send(account_messages.position(session.version, *row))

    send(session.services.ledger.positions(session.now))
    session.send(account_messages.position_end(session.version))
    session.run(_POSITIONS, NO_ID, _as_they_change(session, send))


def _cancel(session: "Session", request: Request) -> None:
    session.stop(_POSITIONS, NO_ID)


def _multi(session: "Session", request: MultiRequest) -> None:
    """Nothing is held under a model, so that asking for one has no rows."""
    session.services.check_account(request.account)

    def send(positions: Iterable[Position]) -> None:
        for each in positions if not request.model else ():
            row = (session.services.account, each.instrument, *_amounts(each))
            session.send(account_messages.position_multi(session.version, request.request_id, *row))

    session.run(_MULTI, request.request_id, _as_they_change(session, send))
    send(session.services.ledger.positions(session.now))
    session.send(account_messages.position_multi_end(session.version, request.request_id))


def _cancel_multi(session: "Session", request: Request) -> None:
    session.stop(_MULTI, request.request_id)


def _as_they_change(session: "Session", send: Callable[[Iterable[Position]], None]) -> Callable[[], Watch]:
    return lambda: Watch(session.services, lambda changed: send(positions_in(session, changed)))


ROUTES: Routes = {
    Ask.POSITIONS: Route(requests.plain, _positions),
    Ask.CANCEL_POSITIONS: Route(requests.plain, _cancel),
    Ask.POSITIONS_MULTI: Route(account_requests.positions_multi, _multi),
    Ask.CANCEL_POSITIONS_MULTI: Route(requests.versioned_with_id, _cancel_multi),
}
