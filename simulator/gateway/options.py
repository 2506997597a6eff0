"""Everything that can be chosen about a simulated gateway."""

import msgspec

from market.errors import BadRequest
from market.source import Feed
from simulator.wire.versions import NEWEST, OLDEST


class GatewayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices of the gateway; those of the market behind it are the model's.

    `feed` says whether market-data lines carry every change or are sampled as TWS does. `lines` is the number
    of market-data lines, `message_rate` the messages a client may send per second (None: half the lines, IB's
    rule; 0: no limit). `lenient` turns the limits off. A client that leaves more than `write_limit` bytes
    unread is disconnected. The client of id `master_client_id` is told of the orders of all.
    """

    feed: Feed = "consistent"
    read_only: bool = False
    lines: int = 100
    tick_by_tick: int = 5
    message_rate: int | None = None
    server_version: int = NEWEST
    master_client_id: int | None = None
    write_limit: int = 32 * 1024 * 1024
    lenient: bool = False

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
