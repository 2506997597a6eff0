"""Fifty contracts: the universe's that still trade, everything entitled, and quiet stocks beside them.

It is another market than the one its seed generates, so that it goes by a digest, as a replayed file does: a
client gives it a store of its own.
"""

from hashlib import blake2b

from msgspec.structs import replace

from market.source import Feed, Source
from market.times import parse
from simulator.model.api import MarketModel
from simulator.model.feed import TwsFeed
from simulator.model.market import Market
from simulator.model.series import Generated, Memory
from simulator.model.universe import Member, universe, unlisted_stock

CONTRACTS = 50
BUSY, QUIET = 20.0, 3.0
"""Trades a minute at most: what is lost does not depend on it, how long a day takes does."""

LOSSLESS = (
    *("AAPL", "IBM", "NVDA", "EUR.USD", "BTC.USD"),
    *("TSLA", "MSFT", "SPY", "GBP.USD", "ESZ6", "NQZ6"),
)
"""Local symbols of those whose ticks or 5-second bars are compared."""

EXPIRED = "20251219"
FIRST_QUIET = 900_000_001
"""Contract id of the first made-up stock."""


def members() -> list[Member]:
    """The contracts, busy and quiet ones."""
    known = [each for each in universe("live") if each.listing.instrument.expiry != EXPIRED]
    return [*map(_calm, known), *(_quiet(n) for n in range(CONTRACTS - len(known)))]


def storm_market(seed: int, feed: Feed) -> MarketModel:
    """The market of a seed as one of both feeds shows it."""
    source = Source.replay(blake2b(f"storm {seed} {feed}".encode(), digest_size=4).hexdigest())
    memory = Memory()
    series = [Generated(seed, each, always_open=False, memory=memory) for each in members()]
    market = Market(source, series)
    return market if feed == "consistent" else TwsFeed(seed, market)


def _calm(member: Member) -> Member:
    most = BUSY if member.listing.instrument.local_symbol in LOSSLESS else QUIET
    return Member(member.listing, replace(member.profile, rate=min(most, member.profile.rate / 2)))


def _quiet(number: int) -> Member:
    """A stock that trades now and then: silence is its habit."""
    made = unlisted_stock(
        f"Q{number:02d}", FIRST_QUIET + number, parse("2020-01-02"), 20.0 + 7 * number, 0.01
    )
    return Member(made.listing, replace(made.profile, rate=0.2 + 0.4 * number, spread=3))
