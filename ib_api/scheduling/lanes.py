"""Who is next: by priority, then one of each user in turn, then first come, first served."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator

from ib_api.scheduling.ask import Ask, Kind, Priority
from ib_api.scheduling.permit import Permit
from ib_api.scheduling.rules import Rules
from ib_api.scheduling.windows import NEVER

_Lane = tuple[str, bool]


class Ticket:
    """Somebody who waits; `wake` is called when `permit` is there."""

    def __init__(self, ask: Ask, wake: Callable[[], None], loop: AbstractEventLoop | None) -> None:
        self.ask = ask
        self.wake = wake
        self.loop = loop
        self.permit: Permit | None = None
        # The last verdict on it, good until then.
        self.not_before = -NEVER
        self.claims = False

    @property
    def lane(self) -> _Lane:
        """Small requests have a turn of their own, so that others of the user do not cost them theirs."""
        return self.ask.user, self.ask.small


class Lanes:
    """All that wait. Within a priority the lanes are in the order of their turns."""

    def __init__(self) -> None:
        self._by_priority: dict[Priority, dict[_Lane, dict[Ticket, None]]] = {each: {} for each in Priority}

    def __iter__(self) -> Iterator[Ticket]:
        for lanes in self._by_priority.values():
            for lane in lanes.values():
                yield from lane

    def add(self, ticket: Ticket) -> None:
        """Let it wait."""
        self._by_priority[ticket.ask.priority].setdefault(ticket.lane, {})[ticket] = None

    def remove(self, ticket: Ticket) -> None:
        """Let it wait no longer; harmless when it does not."""
        lanes = self._by_priority[ticket.ask.priority]
        lane = lanes.get(ticket.lane, {})
        lane.pop(ticket, None)
        if not lane:
            lanes.pop(ticket.lane, None)

    def look_again(self, kind: Kind) -> None:
        """A place has become free; bars that are kept up to date share theirs with history."""
        kinds = ("history", "kept") if kind in ("history", "kept") else (kind,)
        for ticket in self:
            if ticket.ask.kind in kinds:
                ticket.not_before = -NEVER

    def serve(self, rules: Rules, now: int) -> tuple[list[Ticket], int]:
        """Everybody whose turn it is, and when to look again."""
        served, due, claimed = list[Ticket](), NEVER, False
        for priority, lanes in self._by_priority.items():
            while lanes:
                opens = rules.next_message(priority, now)
                if opens > now:
                    due = min(due, opens)
                    break
                ticket, later, claimed = _next(lanes, rules, now, claimed)
                if ticket is None:
                    due = min(due, later)
                    break
                rules.take(ticket.ask, now)
                self._to_the_end(ticket)
                served.append(ticket)
        return served, due

    def _to_the_end(self, ticket: Ticket) -> None:
        lanes = self._by_priority[ticket.ask.priority]
        lane = lanes.pop(ticket.lane)
        del lane[ticket]
        if lane:
            lanes[ticket.lane] = lane


def _next(
    lanes: dict[_Lane, dict[Ticket, None]], rules: Rules, now: int, claimed: bool
) -> tuple[Ticket | None, int, bool]:
    """The first that may go; else when to look again. `claimed`: the budget of small requests is kept for one
    that needs more of it than there is, which would otherwise be overtaken for ever."""
    due = NEVER
    for lane in lanes.values():
        for ticket in lane:
            if claimed and ticket.ask.small:
                continue
            if ticket.not_before <= now:
                ticket.not_before, ticket.claims = rules.judge(ticket.ask, now)
                if ticket.not_before <= now:
                    return ticket, now, claimed
            claimed = claimed or ticket.claims
            due = min(due, ticket.not_before)
    return None, due, claimed
