"""TWS's coloured window groups: a client shows a contract in one, and hears what the others show."""

from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.groups import GROUPS, Member
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire import reference_messages, reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.reference_requests import GroupRequest, GroupUpdateRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_KIND = "group"


def _list(session: "Session", request: Request) -> None:
    groups = "|".join(map(str, GROUPS))
    session.send(reference_messages.display_groups(session.version, request.request_id, groups))


def _subscribe(session: "Session", request: GroupRequest) -> None:
    if request.group not in GROUPS:
        raise refusals.invalid(f"Display group {request.group} does not exist")
    member = Member(session, request.request_id, request.group)
    session.run(_KIND, request.request_id, lambda: member)
    session.services.groups.join(member)


def _update(session: "Session", request: GroupUpdateRequest) -> None:
    member = session.running(_KIND, request.request_id)
    if not isinstance(member, Member):
        raise refusals.unknown(request.request_id)
    session.services.groups.show(member.group, request.contract)


def _unsubscribe(session: "Session", request: Request) -> None:
    if not session.stop(_KIND, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.DISPLAY_GROUPS: Route(requests.versioned_with_id, _list),
    Ask.SUBSCRIBE_TO_GROUP: Route(reference_requests.subscribe_to_group, _subscribe),
    Ask.UPDATE_DISPLAY_GROUP: Route(reference_requests.update_group, _update),
    Ask.UNSUBSCRIBE_FROM_GROUP: Route(requests.versioned_with_id, _unsubscribe),
}
