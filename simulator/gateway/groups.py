"""TWS's window groups. They belong to the gateway, so that its clients see each other's choice, as in TWS."""

from typing import TYPE_CHECKING

from simulator.wire import reference_messages

if TYPE_CHECKING:
    from simulator.gateway.session import Session

GROUPS = range(1, 8)
"""TWS has seven."""


class Groups:
    """Which contract each group shows, and who wants to know."""

    def __init__(self) -> None:
        self._shown = dict.fromkeys(GROUPS, "none")
        self._members: list[Member] = []

    def join(self, member: "Member") -> None:
        self._members.append(member)
        member.tell(self._shown[member.group])

    def leave(self, member: "Member") -> None:
        self._members.remove(member)

    def show(self, group: int, contract: str) -> None:
        """Let `group` show `contract` and tell all its members."""
        self._shown[group] = contract
        for each in self._members:
            if each.group == group:
                each.tell(contract)


class Member:
    """One client's subscription to a group."""

    def __init__(self, session: "Session", request_id: int, group: int) -> None:
        self.group = group
        self._session, self._request_id = session, request_id
        self._groups = session.services.groups

    def tell(self, contract: str) -> None:
        session = self._session
        session.send(reference_messages.display_group_updated(session.version, self._request_id, contract))

    def cancel(self) -> None:
        self._groups.leave(self)
