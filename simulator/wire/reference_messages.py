"""Answers that describe: price increments, option chains, components, schedules, groups, news providers.

Every function takes the negotiated version first and returns a framed message.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from simulator.wire.fields import Field, message, number, size

Session = tuple[str, str, str]
"""Opening, closing and date of a session, as texts."""


class Chain(NamedTuple):
    """The options of one underlying on one exchange; `expiries` are dates, both sequences in order."""

    exchange: str
    underlying: int
    trading_class: str
    multiplier: float
    expiries: Sequence[str]
    strikes: Sequence[float]


class Component(NamedTuple):
    """An exchange that contributes to SMART's quote: its bit, its name, the letter ticks give it."""

    bit: int
    exchange: str
    letter: str


def _decimal(value: Decimal | float) -> str:
    return format(value, "f") if isinstance(value, Decimal) else number(value)


def market_rule(version: int, rule: int, ladder: Sequence[tuple[Decimal, Decimal]]) -> bytes:
    """Message 93: from each low edge on, prices move by its increment."""
    return message(version, 93, rule, len(ladder), *(_decimal(value) for step in ladder for value in step))


def option_chain(version: int, request_id: int, chain: Chain) -> bytes:
    """Message 75: one exchange's expiries and strikes."""
    fields: list[Field] = [request_id, chain.exchange, chain.underlying, chain.trading_class]
    fields += (number(chain.multiplier), len(chain.expiries), *chain.expiries)
    return message(version, 75, *fields, len(chain.strikes), *map(number, chain.strikes))


def option_chain_end(version: int, request_id: int) -> bytes:
    return message(version, 76, request_id)


def soft_dollar_tiers(version: int, request_id: int, tiers: Sequence[tuple[str, str, str]] = ()) -> bytes:
    """Message 77: name, value and display name of each; an ordinary account has none."""
    return message(version, 77, request_id, len(tiers), *(text for tier in tiers for text in tier))


def family_codes(version: int, codes: Sequence[tuple[str, str]]) -> bytes:
    """Message 78: accounts with the code of their family, which is empty outside one."""
    return message(version, 78, len(codes), *(text for code in codes for text in code))


def smart_components(version: int, request_id: int, components: Sequence[Component]) -> bytes:
    """Message 82."""
    return message(version, 82, request_id, len(components), *(v for each in components for v in each))


def news_providers(version: int, providers: Sequence[tuple[str, str]]) -> bytes:
    """Message 85: code and name of each."""
    return message(version, 85, len(providers), *(text for provider in providers for text in provider))


def historical_news_end(version: int, request_id: int, *, more: bool = False) -> bytes:
    """Message 87; `more` says that the number asked for cut the list."""
    return message(version, 87, request_id, more)


def histogram(version: int, request_id: int, rows: Iterable[tuple[Decimal | float, float]]) -> bytes:
    """Message 89: prices with the volume that traded there."""
    fields: list[Field] = []
    for price, volume in rows:
        fields += (_decimal(price), size(volume, version))
    return message(version, 89, request_id, len(fields) // 2, *fields)


def historical_schedule(
    version: int, request_id: int, span: tuple[str, str], zone: str, sessions: Sequence[Session]
) -> bytes:
    """Message 106; times are ``yyyymmdd-hh:mm:ss`` in `zone`, dates ``yyyymmdd``."""
    rows = (text for session in sessions for text in session)
    return message(version, 106, request_id, *span, zone, len(sessions), *rows)


def display_groups(version: int, request_id: int, groups: str) -> bytes:
    """Message 67: the ids of TWS's window groups, with ``|`` between them."""
    return message(version, 67, 1, request_id, groups)


def display_group_updated(version: int, request_id: int, contract: str) -> bytes:
    """Message 68: the contract that a group now shows."""
    return message(version, 68, 1, request_id, contract)
