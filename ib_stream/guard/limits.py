"""How often, and how many at a time, one address may ask: a bucket of requests and a count of streams."""

from collections import OrderedDict

from ib_stream.refusals import too_many
from market.clock import Clock
from market.times import MINUTE, SECOND

# Buckets of addresses that have not been heard of for long are full again and need not be kept.
KNOWN_ADDRESSES = 10_000


class Attempts:
    """A bucket for each address: `per_minute` at once, and as many again in each minute."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, address: str) -> None:
        """Note a request; raise a `Refusal` with 429 when the bucket is empty."""
        now = self._clock.monotonic()
        left, since = self._buckets.pop(address, (self._size, now))
        left = min(self._size, left + (now - since) / MINUTE * self._size)
        self._buckets[address] = (max(0.0, left - 1), now) if left >= 1 else (left, now)
        if len(self._buckets) > KNOWN_ADDRESSES:
            self._buckets.popitem(last=False)
        if left < 1:
            wait = (1 - left) / self._size * MINUTE / SECOND
            raise too_many(
                f"more than {self._size:.0f} requests a minute from one address",
                "Ask again later; IB_STREAM_CONNECTS_PER_MINUTE is the limit.",
                wait,
            )


class Places:
    """Open streams of each address, `most` at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, address: str) -> None:
        """One more, until `give_back`; raise a `Refusal` with 429 when there are too many."""
        taken = self._taken.get(address, 0)
        if taken >= self._most:
            raise too_many(
                f"more than {self._most} open streams from one address",
                "Close one, or take several topics in one stream; IB_STREAM_CLIENTS_PER_IP is the limit.",
                5,
            )
        self._taken[address] = taken + 1

    def give_back(self, address: str) -> None:
        """One less."""
        left = self._taken[address] - 1
        if left:
            self._taken[address] = left
        else:
            del self._taken[address]
