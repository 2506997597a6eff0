"""What a contract's price is right now, and by which of its prices that is said."""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from market.errors import BadRequest
from market.events import DataType, Quote, Trade

PriceKind = Literal["mid", "last", "bid", "ask"]
PRICE_PREF: tuple[PriceKind, ...] = ("mid", "last", "bid", "ask")


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The newest quote and trade; `time` is the newer one's, UTC nanoseconds, 0 where there is neither.

    A price is `None` where there is none; sizes are shares, contracts or currency units. `price` is the first
    of the preferred prices that there is, `kind` says which.
    """

    time: int = 0
    bid: float | None = None
    ask: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    last: float | None = None
    last_size: float | None = None
    data_type: DataType = DataType.LIVE
    price: float | None = None
    kind: PriceKind | None = None

    @property
    def mid(self) -> float | None:
        """The middle between bid and ask."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


def snapshot_of(quote: Quote | None, trade: Trade | None, preference: Sequence[str]) -> Snapshot:
    """Put the newest quote and trade together.

    >>> quote = Quote(1, "SMART", 5, 5, bid=None, ask=10.2, bid_size=None, ask_size=100)
    >>> found = snapshot_of(quote, None, ("mid", "last", "bid", "ask"))
    >>> found.price, found.kind
    (10.2, 'ask')
    """
    ticks: list[Quote | Trade] = [each for each in (trade, quote) if each is not None]
    newest = max(ticks, key=lambda each: each.time, default=None)
    seen = Snapshot(
        time=newest.time if newest else 0,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        bid_size=quote.bid_size if quote else None,
        ask_size=quote.ask_size if quote else None,
        last=trade.price if trade else None,
        last_size=trade.size if trade else None,
        data_type=newest.data_type if newest else DataType.LIVE,
    )
    kind = next((each for each in checked(preference) if getattr(seen, each) is not None), None)
    price = None if kind is None else getattr(seen, kind)
    return msgspec.structs.replace(seen, price=price, kind=kind)


def checked(preference: Sequence[str]) -> tuple[PriceKind, ...]:
    """The preference itself; raise `BadRequest` for a price that does not exist."""
    known = get_args(PriceKind)
    if not preference or not set(preference) <= set(known):
        raise BadRequest(f"price_pref={tuple(preference)!r} is not usable; order some of {', '.join(known)}")
    return tuple(kind for each in preference for kind in known if kind == each)
