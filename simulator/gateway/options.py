"""Everything that can be chosen about a simulated gateway."""

import msgspec

from market.errors import BadRequest
from market.source import Feed
from simulator.wire.versions import NEWEST, OLDEST


class GatewayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices of the gateway; those of the market behind it are the model's.

    `feed` says whether market-data lines carry every change or are sampled as TWS does. `lines` is the number
    of market-data lines; from it follow, unless given, the tick-by-tick streams (a twentieth, 5 at least),
    the books (a hundredth, 3 at least) and the messages a client may send per second (half; 0: no limit).
    `lenient` turns all these limits off, and the pacing of history with them. A client that leaves more than
    `write_limit` bytes unread, or has more waiting to be served, is disconnected. The client of
    id `master_client_id` is told of the orders of all.
    """

    feed: Feed = "consistent"
    read_only: bool = False
    lenient: bool = False
    lines: int = 100
    tick_by_tick: int | None = None
    message_rate: int | None = None
    server_version: int = NEWEST
    master_client_id: int | None = None
    write_limit: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        if not OLDEST <= self.server_version <= NEWEST:
            raise BadRequest(
                f"server version {self.server_version} is not served; choose {OLDEST} to {NEWEST}"
            )
        if self.lines < 1:
            raise BadRequest(f"{self.lines} market-data lines make no gateway; give 1 or more")

    @property
    def most_tick_by_tick(self) -> int:
        """How many tick-by-tick streams may run at once."""
        return max(5, self.lines // 20) if self.tick_by_tick is None else self.tick_by_tick

    @property
    def most_books(self) -> int:
        """How many books may be watched at once."""
        return max(3, self.lines // 100)

    @property
    def messages_per_second(self) -> int:
        """What a client may send; 0 means as much as it likes."""
        if self.lenient:
            return 0
        return max(1, self.lines // 2) if self.message_rate is None else self.message_rate
