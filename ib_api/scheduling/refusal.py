"""What is said of a request that may not be sent now."""

from ib_api.scheduling.ask import Ask, Kind
from ib_api.scheduling.pools import Pools
from market.errors import PacingRefused

_NAMES: dict[Kind, str] = {
    "line": "market-data lines",
    "ticks": "tick-by-tick streams",
    "depth": "books",
    "history": "historical requests",
    "kept": "historical requests",
}


def refusal(ask: Ask, delay: float | None, pools: Pools, now: int) -> PacingRefused:
    """Who has all places of the kind, or when IB's rules allow the request (`delay` in seconds)."""
    if pools.get(ask.kind) is None or pools.free(ask.kind, now):
        return PacingRefused(
            f"IB's rules allow the next request for {_data(ask)} in {delay or 0:.0f} s; ask again then"
        )
    users = pools[ask.kind].users
    if ask.kind in ("history", "kept"):
        users = pools["history"].users + pools["kept"].users
    held = ", ".join(f"{user or 'unnamed'} {count}" for user, count in users.items()) or "other programs"
    return PacingRefused(
        f"all {pools.limit(ask.kind, now)} {_NAMES[ask.kind]} are under way ({held}); end one, then ask again"
    )


def _data(ask: Ask) -> str:
    if ask.kind == "ticks":
        return "tick-by-tick data of this contract"
    return "bars of 30 s or less, or ticks of the past" if ask.small else "anything"
