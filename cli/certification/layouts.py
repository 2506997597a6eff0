"""How the messages that our requests bring are laid out: a name for each field.

Names stand in the order of the fields behind the message's number. ``name<164`` and ``name>=164`` are there
only in those server versions; ``[bars time open]`` is a number of rows and then the rows; ``...`` is a rest
that nobody looks into. What our own client reads agrees with it, and so do recorded sessions.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

HELD = "contract symbol sec_type expiry strike right multiplier exchange currency local_symbol trading_class"

LAYOUTS = {
    0: "hello: server_version connection_time",
    1: "price tick: version request tick price size mask",
    2: "size tick: version request tick size",
    3: "order status: order status filled remaining average_price permanent_id parent last_price client"
    " why_held market_cap",
    4: "error: version<194 request code text advanced>=166 time>=194",
    5: "open order: order ...",
    6: "account value: version key value currency account",
    7: f"portfolio: version {HELD} quantity price value average_cost unrealised realised account",
    8: "account time: version time",
    9: "next order id: version order",
    10: "contract details: version<164 request symbol sec_type last_trade last_trade_date>=182 strike right"
    " exchange currency local_symbol market_name trading_class contract min_tick size_multiplier<164"
    " multiplier order_types exchanges price_magnifier underlying long_name primary_exchange contract_month"
    " industry category subcategory time_zone trading_hours liquid_hours ev_rule ev_multiplier"
    " [security_ids kind number] aggregation_group under_symbol under_sec_type market_rules real_expiry"
    " stock_type>=152 min_size>=163 size_increment>=164 suggested_increment>=164"
    " [ineligibilities>=186 id text]",
    11: f"execution: request order {HELD} execution time account venue side filled price permanent_id client"
    " liquidation cumulative average_price reference ev_rule ev_multiplier model liquidity"
    " pending_revision>=178 submitter>=198",
    12: "book row: version request position operation side price size",
    13: "book row of a market maker: version request position maker operation side price size smart",
    15: "accounts: version accounts",
    17: "bars: request start<196 end<196 [bars time open high low close volume average count]",
    45: "number tick: version request tick value",
    46: "text tick: version request tick value",
    49: "time: version time",
    50: "5-second bar: version request time open high low close volume average count",
    52: "contract details end: version request",
    53: "open orders end: version",
    54: "account window end: version account",
    55: "executions end: version request",
    57: "snapshot end: version request",
    58: "data type: version request type",
    59: "commission: version execution commission currency realised yield redemption",
    61: f"position: version account {HELD} quantity average_cost",
    62: "positions end: version",
    63: "account summary: version request account tag value currency",
    64: "account summary end: version request",
    79: "symbols: request [contracts contract symbol sec_type exchange currency [derivatives sec_type]"
    " description>=176 issuer>=176]",
    81: "line parameters: request min_tick exchange_map snapshot_permissions",
    88: "first bar: request time",
    90: "bar update: request count time open close high low average volume",
    94: "profit: request daily unrealised realised",
    95: "profit of a position: request quantity daily unrealised realised value",
    96: "past midpoints: request [ticks time mask price size] done",
    97: "past quotes: request [ticks time mask bid ask bid_size ask_size] done",
    98: "past trades: request [ticks time mask price size venue conditions] done",
    101: "completed order: ...",
    102: "completed orders end:",
    108: "bars end: request start end",
    109: "time in milliseconds: time",
}
_TICKS = {
    "1": "request type time price size mask venue conditions",
    "2": "request type time price size mask venue conditions",
    "3": "request type time bid ask bid_size ask_size mask",
    "4": "request type time midpoint",
}
_TOKEN = re.compile(r"([a-z_.]+)(?:(<|>=)(\d+))?")


class Part(NamedTuple):
    """A field, or with `rows` the number of rows that follow it."""

    name: str
    since: int
    until: int
    rows: "tuple[Part, ...] | None" = None


class Named(NamedTuple):
    """A field of a message and its name; extra and missing ones are called so."""

    name: str
    text: str


def title(kind: int) -> str:
    """What a message is called.

    >>> title(17), title(99), title(205)
    ('bars', 'tick-by-tick', 'message 205')
    """
    if kind == 99:
        return "tick-by-tick"
    return LAYOUTS[kind].partition(":")[0] if kind in LAYOUTS else f"message {kind}"


def named(fields: Sequence[str], version: int) -> list[Named]:
    """Every field behind the number, in its place.

    >>> named(["49", "1", "1767225600"], 200)
    [Named(name='version', text='1'), Named(name='time', text='1767225600')]
    >>> named(["96", "7", "1", "5", "0", "1.5", "0", "1", "9"], 200)[-2:]
    [Named(name='done', text='1'), Named(name='extra 1', text='9')]
    """
    rest = iter(fields[1:])
    found = list(_read(_layout(fields), rest, version, ""))
    return found + [Named(f"extra {number}", text) for number, text in enumerate(rest, 1)]


def is_known(kind: int) -> bool:
    """Whether the fields have names."""
    return kind in LAYOUTS or kind == 99


def _layout(fields: Sequence[str]) -> tuple[Part, ...]:
    kind = int(fields[0])
    if kind == 99:
        return _parts(_TICKS.get(fields[2] if len(fields) > 2 else "", "request type ..."))
    return _parts(LAYOUTS[kind].partition(":")[2] if kind in LAYOUTS else "...")


def _read(parts: Sequence[Part], rest: Iterator[str], version: int, prefix: str) -> Iterator[Named]:
    for part in parts:
        if not part.since <= version < part.until:
            continue
        if part.name == "...":
            yield from (Named("...", text) for text in rest)
            return
        text = next(rest, None)
        if text is None:
            return
        yield Named(prefix + part.name, text)
        if part.rows is not None:
            for _ in range(int(text) if text.isdigit() else 0):
                yield from _read(part.rows, rest, version, f"{prefix}{part.name}.")


@cache
def _parts(text: str) -> tuple[Part, ...]:
    return tuple(_compile(iter(text.replace("[", " [ ").replace("]", " ] ").split())))


def _compile(words: Iterator[str]) -> Iterator[Part]:
    for word in words:
        if word == "]":
            return
        group = word == "["
        match = _TOKEN.fullmatch(next(words) if group else word)
        assert match is not None, f"{word!r} is no field of a layout"
        name, sign, number = match.groups()
        since, until = (int(number), 1_000) if sign == ">=" else (0, int(number) if sign else 1_000)
        yield Part(name, since, until, tuple(_compile(words)) if group else None)
