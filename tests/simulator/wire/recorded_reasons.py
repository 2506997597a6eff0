"""Why recorded frames are not reproduced: what the simulator lacks, and what is wrong with the frame.

Only frames of public test suites are here, most of them made by hand; of the live session there is none.
"""

from collections.abc import Callable, Mapping

NOT_SIMULATED = "not simulated: the request is refused"
NO_VERSION = "made by hand: the message's own version is empty"
NO_MASK = "a mask that the simulated market never sets"
NO_MODEL = "a model code, which the simulated account has not"

# The kinds that answer requests this gateway refuses: bulletins, scanner, articles, news, calendar.
_KINDS = (14, 19, 20, 83, 84, 86, 104, 105)

_FRAMES: Mapping[str, tuple[str, ...]] = {
    NO_VERSION: ("0073", "0080", "0081", "0087", "0544"),
    "made by hand: an option's values under the id of errors": ("0090",),
    "made by hand: words for numbers": ("0001", "0002"),
    "made by hand: an option computation in the layout before version 156": (
        "0428", "0430", "0434", "0439", "0441",
    ),
    "made by hand: a layout of before version 151": ("0048", "0050"),
    "made by hand: a market rule under the id of news": ("0423", "0424", "0426"),
    "made by hand: fields of another message at its end": ("0211", "0509"),
    "made by hand: lacks a field in the middle": ("0325", "0502"),
    "made by hand: words where numbers stand": ("0308",),
    "made by hand: one market rule, and an expiry, for a stock": ("0055",),
    "made by hand: an empty right where TWS writes 0": ("0226",),
    "made by hand: a mask, and an answer that is not the last": ("0450",),
    "made by hand: a quote under the kind of trades": ("0079",),
    "made by hand: ends with a field that the layout has not": ("0539", "0541"),
    "made by hand: a bond or a later layout under the id of contracts": ("0412", "0414"),

}  # fmt: skip
_BY_NAME = {f"rust-ibapi-{number}": reason for reason, numbers in _FRAMES.items() for number in numbers}


def reason_for(name: str, kind: int) -> str:
    """The reason of one frame, empty when there is none."""
    return NOT_SIMULATED if kind in _KINDS else _BY_NAME.get(name, "")


def stale(unexplained: set[str]) -> set[str]:
    """The frames named here that are not among those that need a reason."""
    return set(_BY_NAME) - unexplained


Trim = Callable[[list[str]], list[str]]


def _set(text: str, *places: int) -> Trim:
    """Write `text` at fixed places."""
    return lambda fields: [text if place in places else each for place, each in enumerate(fields)]


def _every(text: str, first: int, step: int) -> Trim:
    """Write `text` at every `step`-th place from `first` on, but for the last field."""

    def trim(fields: list[str]) -> list[str]:
        places = range(first, len(fields) - 1, step)
        return [text if place in places else each for place, each in enumerate(fields)]

    return trim


def _no_issuer(fields: list[str]) -> list[str]:
    """Symbol samples whose every contract ends with a name and an empty issuer."""
    kept, rest = fields[:3], fields[3:]
    while rest:
        end = 6 + int(rest[5])
        kept += [*rest[: end + 1], ""]
        rest = rest[end + 2 :]
    return kept


APART: Mapping[int, tuple[str, Trim]] = {
    1: (NO_MASK, lambda fields: _set("1" if fields[3] in ("1", "2") else "0", 6)(fields)),
    71: (NO_MODEL, _set("", 17)),
    79: ("the issuer of bonds, which are not simulated", _no_issuer),
    96: ("sizes, which midpoints have not", _every("0", 6, 4)),
    97: (NO_MASK, _every("0", 4, 6)),
    98: ("the first of several answers; the simulator sends one", _set("1", 21)),
    99: (NO_MASK, _set("0", 8)),
}
"""What sets a frame of a kind apart, and how to take it away: all the rest has to be as recorded."""
