"""What tick-by-tick streams say, written once for however many listen.

A minute's ticks are the same for every subscription to a contract but for the request id at the front of the
message, so that the gateway keeps the rest of each message and puts ids before it.
"""

from collections.abc import Callable, Sequence
from itertools import compress, pairwise
from typing import NamedTuple

from market.times import SECOND
from simulator.kept import Kept
from simulator.model import lookup
from simulator.model.api import MarketModel
from simulator.stream import Chunk
from simulator.wire import market_messages
from simulator.wire.framing import frame

MOST_TICKS = 150_000
"""How many are kept: about 20 MB, a minute of 33 markets with 100 ticks a second."""

EMPTY = 8
"""What a minute without ticks weighs in ticks: a closed market's minutes add up over a weekend."""


class Quoted(NamedTuple):
    """The new quotes of a range, and what stood at its first and last quote of all."""

    chunk: Chunk[bytes]
    first: object = None
    last: object = None


class Tape:
    """The rests of message 99 by contract, kind and range."""

    def __init__(self, model: MarketModel) -> None:
        self._model = model
        self._trades = Kept[tuple[Chunk[bytes], Chunk[bytes]]](
            MOST_TICKS, lambda both: len(both[1].items) + EMPTY
        )
        self._quotes = Kept[Quoted](MOST_TICKS, lambda quoted: len(quoted.chunk.items) + EMPTY)

    def trades(self, contract_id: int, version: int, *, every: bool) -> Callable[[int, int], Chunk[bytes]]:
        """Fetch what Last shows, or with `every` what AllLast shows."""

        def fetch(start: int, end: int) -> Chunk[bytes]:
            key = (contract_id, version, start, end)
            return self._trades.get(key, lambda: self._traded(key))[every]

        return fetch

    def _traded(self, key: tuple[int, int, int, int]) -> tuple[Chunk[bytes], Chunk[bytes]]:
        contract_id, version, start, end = key
        found, write = self._model.trades(contract_id, start, end), market_messages.trade_rest
        times = [trade.time for trade in found]
        rests = [write(version, trade.time // SECOND, trade) for trade in found]
        everything = Chunk(times, rests)
        lasts = [trade.last for trade in found]
        if all(lasts):
            return everything, everything
        return Chunk(list(compress(times, lasts)), list(compress(rests, lasts))), everything

    def quotes(
        self, contract_id: int, version: int, what: str, *, ignore_size: bool
    ) -> Callable[[int, int], Chunk[bytes]]:
        """Fetch what BidAsk or MidPoint shows to one subscription: only what is new after what it got."""
        seen: object = None

        def fetch(start: int, end: int) -> Chunk[bytes]:
            nonlocal seen
            key = (contract_id, version, what, ignore_size, start, end)
            quoted = self._quotes.get(key, lambda: self._quoted(key))
            if quoted.first is None:
                return quoted.chunk
            before, seen = seen, quoted.last
            if before == quoted.first:
                return Chunk(quoted.chunk.times[1:], quoted.chunk.items[1:])
            return quoted.chunk

        return fetch

    def _quoted(self, key: tuple[int, int, str, bool, int, int]) -> Quoted:
        contract_id, version, what, ignore_size, start, end = key
        state_of = lookup.states(what, ignore_size=ignore_size)
        quotes = self._model.quotes(contract_id, start, end)
        states = [state_of(quote) for quote in quotes]
        is_new = [True, *(a != b for a, b in pairwise(states))]
        new = list(compress(quotes, is_new))
        times = [quote.time for quote in new]
        if what == "MIDPOINT":
            middle = market_messages.midpoint_rest
            rests = [middle(q.time // SECOND, lookup.midpoint(q)) for q in new]
        else:
            both = market_messages.quote_rest
            rests = [both(version, q.time // SECOND, q) for q in new]
        return Quoted(Chunk(times, rests), *((states[0], states[-1]) if states else ()))


class Fronts(dict[int, bytes]):
    """The front of a request's messages by the length of what follows: the frame's length, then `head`.

    >>> Fronts(b"99")[1]
    b'\\x00\\x00\\x00\\x0399'
    """

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = head

    def __missing__(self, length: int) -> bytes:
        self[length] = front = frame(self._head + bytes(length))[:-length]
        return front

    def join(self, rests: Sequence[bytes]) -> bytes:
        """The framed messages, one behind the other."""
        return b"".join([self[len(rest)] + rest for rest in rests])
