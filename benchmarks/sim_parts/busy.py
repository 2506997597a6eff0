"""A market as busy as one likes.

It is another market than the one its seed generates, so that it goes by a digest, as a replayed file does: a
client would give it a store of its own.
"""

from hashlib import blake2b

import msgspec

from market.source import Source
from simulator.model.market import Market
from simulator.model.series import Generated, Memory
from simulator.model.universe import universe

KEPT = 400_000
"""Ticks: more than one minute of such a market, as an ordinary one keeps many of its quieter minutes."""


def busy(ticks_per_second: float, seed: int = 1) -> Market:
    """Every contract that streams ticks, always open: so many trades a second, about as many quotes."""
    name = f"busy {ticks_per_second} {seed}".encode()
    memory = Memory()
    series = [
        Generated(
            seed,
            msgspec.structs.replace(
                member, profile=msgspec.structs.replace(member.profile, rate=60 * ticks_per_second)
            ),
            always_open=True,
            memory=memory,
        )
        for member in universe("live")
        if member.listing.tick_by_tick and member.listing.instrument.expiry != "20251219"
    ]
    return Market(Source.replay(blake2b(name, digest_size=4).hexdigest()), series, KEPT)
