"""Everything that can be chosen about a simulated gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from market.errors import BadRequest
from market.source import Feed
from simulator.wire.versions import NEWEST, OLDEST

Entitlement = Literal["live", "delayed", "none"]


class GatewayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices of the market (`seed` to `entitlement`) and of the gateway in front of it.

    `start` is where the clock starts, UTC nanoseconds (None: now), `speed` how much faster it runs. `replay`
    maps a symbol to a file whose bars or ticks are served; `stamp` says whether its times are the starts or
    the ends of bars, `zone` where times without a zone are. `entitlement`, when given, is that of every
    contract. `lines` is the number of market-data lines, `message_rate` the messages a client may send per
    second (None: half the lines, IB's rule; 0: no limit). A client that leaves more than `write_limit` bytes
    unread is disconnected.
    """

    seed: int = 0
    start: int | None = None
    speed: float = 1.0
    always_open: bool = False
    feed: Feed = "consistent"
    replay: Mapping[str, Path] = {}
    stamp: Literal["start", "end"] = "start"
    zone: str = ""
    entitlement: Entitlement | None = None
    read_only: bool = False
    lines: int = 100
    tick_by_tick: int = 5
    message_rate: int | None = None
    server_version: int = NEWEST
    write_limit: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        if not OLDEST <= self.server_version <= NEWEST:
            raise BadRequest(
                f"server version {self.server_version} is not served; choose {OLDEST} to {NEWEST}"
            )
        if self.lines < 1:
            raise BadRequest(f"{self.lines} market-data lines make no gateway; give 1 or more")

    @property
    def messages_per_second(self) -> int:
        """What a client may send; 0 means as much as it likes."""
        return self.lines // 2 if self.message_rate is None else self.message_rate
