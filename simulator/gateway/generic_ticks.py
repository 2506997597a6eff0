"""What a client may ask of a market-data line beyond its default ticks.

| asked | gives | from |
|---|---|---|
| 100 | option volume (29, 30) | the day's bars of the options; of an option, its own |
| 101 | option open interest (27, 28) | generated: as many contracts as trade in ten average days |
| 104 | historical volatility (23) | the closes of the last 30 days |
| 105 | average option volume (87) | the options' daily bars of 30 days |
| 106 | implied volatility (24) | the options nearest to the money |
| 162 | index future premium (31) | the nearest future less its index |
| 165 | 13-, 26-, 52-week range (15-20), average volume (21) | daily bars; the average is of 90 days |
| 232 | mark price (37) | the last price, kept between bid and ask |
| 233 | RTVolume (48) | every print |
| 236 | shortable (46), shares to borrow (89) | generated: an average day's volume of a stock |
| 293, 294, 295 | trades today, trades and volume of the last minute (54, 55, 56) | prints |
| 318 | last trade of regular hours (57) | prints |
| 375 | trade volume (77) | the prints that are reported |
| 411 | real-time historical volatility (58) | as 104, with today's price as the last close |
| 456 | dividends (59) | the market pays none: empty, as IB writes it |
| 588 | futures open interest (86) | generated: as many contracts as trade in ten average days |
| 595 | volume of 3, 5 and 10 minutes (63, 64, 65) | minute bars |
| 221, 225, 258, 292, 460, 577, 586, 587, 614, 619, 623 | accepted, never sent | there are no credit marks, \
auctions, fundamentals, news, bonds, net asset values or new issues here |

Without live data none of them comes. ``mdoff`` asks for no default ticks.

Which numbers are legal for which security type, their names and the text of the refusal are those of a live
gateway of 2026; that 104 is legal though its list does not name it was seen there too.
"""

from collections.abc import Mapping

import msgspec

from simulator.gateway import refusals

_DIVIDENDS = ("STK", "CFD", "OPT", "FOP", "FUT", "IND", "SLB")
_INDEX = ("IND",)
_SHORT_TERM = (*("STK", "CFD", "OPT", "FOP", "WAR", "FUT", "FWD", "BOND", "BILL", "SLB", "IOPT", "CRYPTO"),)


class _Kind(msgspec.Struct, frozen=True):
    name: str
    alias: int = 0
    types: tuple[str, ...] = ()


_KINDS: Mapping[int, _Kind] = {
    100: _Kind("Option Volume"),
    101: _Kind("Option Open Interest"),
    105: _Kind("Average Opt Volume"),
    106: _Kind("impvolat"),
    162: _Kind("Index Future Premium", types=_INDEX),
    165: _Kind("Misc. Stats"),
    221: _Kind("Creditman Mark Price", 220),
    225: _Kind("Auction"),
    232: _Kind("Pl Price", 221),
    233: _Kind("RTVolume"),
    236: _Kind("inventory"),
    258: _Kind("Fundamentals", 47),
    292: _Kind("Wide_news"),
    293: _Kind("TradeCount"),
    294: _Kind("TradeRate"),
    295: _Kind("VolumeRate"),
    318: _Kind("LastRTHTrade"),
    375: _Kind("RTTrdVolume"),
    411: _Kind("rthistvol"),
    456: _Kind("IBDividends", 59, _DIVIDENDS),
    460: _Kind("Bond Factor Multiplier"),
    577: _Kind("EtfNavLast(navlast)"),
    586: _Kind("IPOHLMPRC"),
    587: _Kind("Pl Price Delayed"),
    588: _Kind("Futures Open Interest"),
    595: _Kind("Short-Term Volume X Mins", types=_SHORT_TERM),
    614: _Kind("EtfNavMisc(high/low)"),
    619: _Kind("Creditman Slow Mark Price"),
    623: _Kind("EtfFrozenNavLast(fznavlast)"),
}
# An alias wins over a number of its own: 221 asks for 232, not for the credit mark.
_NUMBERS = {
    **{number: number for number in _KINDS},
    104: 104,
    **{kind.alias: number for number, kind in _KINDS.items() if kind.alias},
}
_ALL = _Kind("")
NO_DEFAULTS = "mdoff"
MARK_PRICE = 232


class Asked(msgspec.Struct, frozen=True):
    """The generic ticks wanted, and whether the default ones are."""

    numbers: frozenset[int] = frozenset()
    defaults: bool = True


def parse(text: str, sec_type: str) -> Asked:
    """Read a list such as ``233,mdoff,292:BRFG``; refuse with 321 what is not legal for the security type.

    >>> sorted(parse("233, 221", "STK").numbers)
    [232, 233]
    """
    if not text.strip():
        return Asked()
    words = [word.strip() for word in text.split(",") if word.strip()]
    numbers = [_number(word, sec_type) for word in words if word.lower() != NO_DEFAULTS]
    if not numbers or None in numbers:
        raise refusals.invalid(
            f"Incorrect generic tick list of {text}.  Legal ones for ({sec_type}) are: {_legal(sec_type)}"
        )
    return Asked(frozenset(filter(None, numbers)), len(numbers) == len(words))


def _number(word: str, sec_type: str) -> int | None:
    """What a word asks for; None where that is nothing legal."""
    digits, colon, parameter = word.partition(":")
    number = _NUMBERS.get(int(digits)) if digits.isdecimal() else None
    if number is None or (colon and not parameter):
        return None
    types = _KINDS.get(number, _ALL).types
    return number if not types or sec_type in types else None


def _legal(sec_type: str) -> str:
    return ",".join(
        f"{number}/{kind.alias}({kind.name})" if kind.alias else f"{number}({kind.name})"
        for number, kind in _KINDS.items()
        if not kind.types or sec_type in kind.types
    )
