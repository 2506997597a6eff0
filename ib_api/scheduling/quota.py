"""What is used of each limit, and by whom; ready to be shown or sent as JSON."""

import msgspec

from ib_api.scheduling.ask import Kind
from ib_api.scheduling.limits import Limits
from ib_api.scheduling.rules import Rules


class Usage(msgspec.Struct, frozen=True):
    """One limit: `used` of `limit` by `users`; `waiting` requests want more of it.

    `limit` is below `documented` while other programs on the login use the rest.
    """

    used: int
    limit: int
    documented: int
    waiting: int = 0
    users: dict[str, int] = {}


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """All limits. `history` counts open requests, `kept` those of them whose bars are kept up to date,
    `small_history` requests for bars of 30 s or less in ten minutes, `messages` those of the last second."""

    lines: Usage
    tick_by_tick: Usage
    depth: Usage
    history: Usage
    kept: Usage
    small_history: Usage
    messages: Usage


def quota(rules: Rules, limits: Limits, waiting: dict[str, int], now: int) -> Quota:
    """What `rules` count at this moment; `waiting` is by kind, ``small`` and ``message``."""

    def held(kind: Kind, documented: int, *together: Kind) -> Usage:
        users = sum((rules.pools[each].users for each in together), rules.pools[kind].users)
        return Usage(
            users.total(), rules.pools.limit(kind, now), documented, waiting.get(kind, 0), dict(users)
        )

    small, messages = rules.small.used(now), rules.messages.used(now)
    return Quota(
        lines=held("line", limits.lines),
        tick_by_tick=held("ticks", limits.tick_by_tick),
        depth=held("depth", limits.depth),
        history=held("history", limits.open_history, "kept"),
        kept=held("kept", limits.open_history),
        small_history=Usage(
            small.total(),
            rules.small.ceiling.at(now),
            limits.small_history,
            waiting.get("small", 0),
            dict(small),
        ),
        messages=Usage(
            messages.total(),
            rules.messages.ceiling.at(now),
            limits.messages,
            sum(waiting.values()) - waiting.get("small", 0),
            dict(messages),
        ),
    )
