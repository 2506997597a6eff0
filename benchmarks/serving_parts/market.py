"""Stocks as many and as busy as one likes, the same all day.

They are another market than the one their seed generates, so that it goes by a digest, as a replayed file
does: a client gives it a store of its own.
"""

from hashlib import blake2b

from msgspec.structs import replace

from market.source import Source
from market.times import parse
from simulator.model.market import Market
from simulator.model.series import Generated, Memory
from simulator.model.universe import Member, unlisted_stock

FIRST = 910_000_001
"""Contract id of the first of them."""

KEPT_MINUTES = 3


def crowd(contracts: int, rate: float, seed: int = 1) -> Market:
    """So many stocks, each with `rate` trades a second and about as many changes of its quote."""
    name = f"crowd {contracts} {rate} {seed}".encode()
    kept = int(KEPT_MINUTES * 60 * 2 * contracts * rate) + 100_000
    memory = Memory(ticks=kept)
    series = [
        Generated(seed, _stock(number, 60 * rate), always_open=True, memory=memory)
        for number in range(contracts)
    ]
    return Market(Source.replay(blake2b(name, digest_size=4).hexdigest()), series, kept)


def _stock(number: int, rate: float) -> Member:
    made = unlisted_stock(f"S{number:03d}", FIRST + number, parse("2020-01-02"), 20.0 + 7 * number, 0.01)
    return Member(made.listing, replace(made.profile, rate=rate))
