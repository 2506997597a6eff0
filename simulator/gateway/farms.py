"""IB's data farms: which requests each answers, and what it is said to be when a client comes.

What a farm does not answer it drops: a request made before 2104 or 2106 may get no answer at all.
"""

from typing import Literal

import msgspec

from market.errors import BadRequest
from simulator.model.api import Listing
from simulator.wire.asks import Ask

Kind = Literal["market", "history", "definitions"]
State = Literal["broken", "connecting"]
Notice = tuple[int, str]


class Farm(msgspec.Struct, frozen=True):
    """A data farm by TWS's name for it."""

    name: str
    kind: Kind


# Those that a gateway in America reports, in its order.
FARMS = (
    Farm("usfarm.nj", "market"),
    Farm("usfarm", "market"),
    Farm("euhmds", "history"),
    Farm("ushmds", "history"),
    Farm("secdefil", "definitions"),
)

_TITLES: dict[Kind, str] = {
    "market": "Market data farm connection is",
    "history": "HMDS data farm connection is",
    "definitions": "Sec-def data farm connection is",
}
_OK: dict[Kind, int] = {"market": 2104, "history": 2106, "definitions": 2158}
_BROKEN: dict[Kind, int] = {"market": 2103, "history": 2105, "definitions": 2157}

_ASKED: dict[int, Kind] = {
    **dict.fromkeys(
        (Ask.MARKET_DATA, Ask.MARKET_DEPTH, Ask.TICK_BY_TICK, Ask.REAL_TIME_BARS),
        "market",
    ),
    **dict.fromkeys(
        (Ask.HISTORICAL_DATA, Ask.HISTORICAL_TICKS, Ask.HEAD_TIMESTAMP, Ask.HISTOGRAM),
        "history",
    ),
    **dict.fromkeys((Ask.CONTRACT_DETAILS, Ask.OPTION_CHAIN, Ask.MATCHING_SYMBOLS), "definitions"),
}


def farm_for(listing: Listing, kind: Kind) -> str:
    """Which farm has a contract. Where IB draws the borders is a guess: by currency and type."""
    in_dollars = listing.instrument.currency == "USD"
    if kind == "market":
        return "usfarm" if in_dollars and listing.instrument.sec_type == "STK" else "usfarm.nj"
    if kind == "history":
        return "ushmds" if in_dollars else "euhmds"
    return "secdefil"


def named(name: str) -> Farm:
    """The farm of that name; raise `BadRequest` when there is none."""
    for farm in FARMS:
        if farm.name == name:
            return farm
    raise BadRequest(f"there is no farm {name!r}; choose one of {', '.join(f.name for f in FARMS)}")


def ok(farm: Farm) -> Notice:
    """2104, 2106 or 2158."""
    return _OK[farm.kind], f"{_TITLES[farm.kind]} OK:{farm.name}"


def broken(farm: Farm) -> Notice:
    """2103, 2105 or 2157."""
    return _BROKEN[farm.kind], f"{_TITLES[farm.kind]} broken:{farm.name}"


def connecting(farm: Farm) -> Notice:
    """2119, which TWS has for farms of market data only."""
    return 2119, f"Market data farm is connecting:{farm.name}"


class Farms:
    """Which farms do not work."""

    def __init__(self) -> None:
        self._down: list[tuple[str, State]] = []

    def __bool__(self) -> bool:
        """Whether any is down."""
        return bool(self._down)

    def take_down(self, farm: Farm, state: State) -> None:
        self._down.append((farm.name, state))

    def bring_up(self, farm: Farm, state: State) -> None:
        """Undo one `take_down`."""
        self._down.remove((farm.name, state))

    def works(self, name: str) -> bool:
        return all(down != name for down, _ in self._down)

    def notices(self) -> list[Notice]:
        """What a client is told of the farms when it comes."""
        found: list[Notice] = []
        for farm in FARMS:
            if (farm.name, "broken") in self._down:
                found.append(broken(farm))
            elif self.works(farm.name):
                found.append(ok(farm))
            elif farm.kind == "market":
                found.append(connecting(farm))
        return found

    def answers(self, ask: int, listing: Listing | None) -> bool:
        """Whether the farm that a request goes to works; one for no known contract is answered elsewhere."""
        kind = _ASKED.get(ask)
        if kind == "definitions":
            return self.works("secdefil")
        return kind is None or listing is None or self.works(farm_for(listing, kind))
