"""What tick-by-tick streams say, written once for however many listen.

A minute's ticks are the same for every subscription to a contract but for the request id at the front of the
message, so that the gateway keeps the rest of each message and puts ids before it.
"""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import NamedTuple

from simulator.gateway.dates import seconds
from simulator.kept import Kept
from simulator.model import lookup
from simulator.model.api import MarketModel
from simulator.stream import Chunk
from simulator.wire import market_messages
from simulator.wire.framing import frame

MOST_TICKS = 150_000
"""How many are kept: about 20 MB, a minute of 33 markets with 100 ticks a second."""


class Quoted(NamedTuple):
    """The new quotes of a range, and what stood at its first and last quote of all."""

    chunk: Chunk[bytes]
    first: object = None
    last: object = None


class Tape:
    """The rests of message 99 by contract, kind and range."""

    def __init__(self, model: MarketModel) -> None:
        self._model = model
        self._trades = Kept[tuple[Chunk[bytes], Chunk[bytes]]](MOST_TICKS, lambda both: len(both[1].items))
        self._quotes = Kept[Quoted](MOST_TICKS, lambda quoted: len(quoted.chunk.items))

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
        rests = [write(version, seconds(trade.time), trade) for trade in found]
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
        states = lookup.states(what, ignore_size=ignore_size)
        times, items = [], []
        first: object = None
        before: object = None
        for quote in self._model.quotes(contract_id, start, end):
            state = states(quote)
            if state != before:
                first, before = state if first is None else first, state
                times.append(quote.time)
                if what == "MIDPOINT":
                    items.append(market_messages.midpoint_rest(seconds(quote.time), lookup.midpoint(quote)))
                else:
                    items.append(market_messages.quote_rest(version, seconds(quote.time), quote))
        return Quoted(Chunk(times, items), first, before)


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
