"""Our encoders of recorded answers about contracts and history, fed with the recorded fields.

Each takes the server version and the fields behind the message id.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from market.instrument import Instrument
from simulator.model.api import BarData, QuoteTick, TradeTick
from simulator.wire import contract_messages, market_messages
from simulator.wire import reference_messages as wire
from simulator.wire.contract_messages import Details

Encoder = Callable[[int, list[str]], Sequence[bytes]]


def _rows(fields: Sequence[str], width: int) -> Iterator[Sequence[str]]:
    return (fields[start : start + width] for start in range(0, len(fields), width))


def _details(version: int, f: list[str]) -> Sequence[bytes]:
    """Layouts of 164 to 181: without a version, without the split of the last trade date."""
    ids = int(f[29])
    tail = f[30 + 2 * ids :]
    instrument = Instrument(
        contract_id=int(f[11]), symbol=f[1], sec_type=f[2], strike=float(f[4]) or None, right=f[5],
        exchange=f[6], currency=f[7], local_symbol=f[8], trading_class=f[10], min_tick=float(f[12]),
        multiplier=float(f[13] or 1), valid_exchanges=tuple(f[15].split(",")), name=f[18],
        primary_exchange=f[19], expiry=tail[4] or f[20],
        market_rule_ids=tuple(map(int, tail[3].split(","))) if tail[3] else (),
    )  # fmt: skip
    details = Details(
        instrument=instrument, exchange=f[6], last_trade=f[3], market_name=f[9], order_types=f[14],
        under_contract_id=int(f[17]), classification=(f[21], f[22], f[23]), time_zone=f[24],
        trading_hours=f[25], liquid_hours=f[26], under_symbol=tail[1], under_sec_type=tail[2],
        security_ids=tuple((kind, number) for kind, number in _rows(f[30 : 30 + 2 * ids], 2)),
        stock_type=tail[5], min_size=float(tail[6]), size_increment=float(tail[7]),
        suggested_increment=float(tail[8]),
    )  # fmt: skip
    return [contract_messages.contract_details(version, int(f[0]), details)]


def _bars(version: int, f: list[str]) -> Sequence[bytes]:
    bars = [(row[0], _bar([float(text) for text in row[1:7]], int(row[7]))) for row in _rows(f[4:], 8)]
    return market_messages.historical_data(version, int(f[0]), (f[1], f[2]), bars)


def _bar(values: list[float], count: int) -> BarData:
    opened, high, low, close, volume, average = values
    return BarData(0, opened, high, low, close, volume, average, count)


def _chain(version: int, f: list[str]) -> Sequence[bytes]:
    count = int(f[5])
    expiries, strikes = f[6 : 6 + count], [float(text) for text in f[7 + count :]]
    chain = wire.Chain(f[1], int(f[2]), f[3], float(f[4]), expiries, strikes)
    return [wire.option_chain(version, int(f[0]), chain)]


def _samples(version: int, f: list[str]) -> Sequence[bytes]:
    found, place = [], 2
    for _ in range(int(f[1])):
        number, symbol, sec_type, primary, currency = f[place : place + 5]
        count = int(f[place + 5])
        types = f[place + 6 : place + 6 + count]
        place += 6 + count
        name = f[place] if version >= 176 else ""
        place += 2 * (version >= 176)
        it = Instrument(
            contract_id=int(number), symbol=symbol, sec_type=sec_type, exchange=primary,
            primary_exchange=primary, currency=currency, name=name,
        )  # fmt: skip
        found.append((it, types))
    return [contract_messages.symbol_samples(version, int(f[0]), found)]


def _trades(version: int, f: list[str]) -> Sequence[bytes]:
    ticks = [(int(row[0]), _trade(int(row[1]), row)) for row in _rows(f[2:-1], 6)]
    return [market_messages.historical_trades(version, int(f[0]), ticks)]


def _trade(mask: int, row: Sequence[str]) -> TradeTick:
    return TradeTick(0, float(row[2]), float(row[3]), row[4], row[5], bool(mask & 1), bool(mask & 2))


def _quotes(version: int, f: list[str]) -> Sequence[bytes]:
    ticks = [(int(row[0]), QuoteTick(0, *map(float, row[2:6]))) for row in _rows(f[2:-1], 6)]
    return [market_messages.historical_quotes(version, int(f[0]), ticks)]


def _midpoints(version: int, f: list[str]) -> Sequence[bytes]:
    ticks = [(int(row[0]), float(row[2])) for row in _rows(f[2:-1], 4)]
    return [market_messages.historical_midpoints(version, int(f[0]), ticks)]


def _pairs(fields: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, other) for one, other in _rows(fields, 2)]


def _decimals(fields: Sequence[str]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(one), Decimal(other)) for one, other in _rows(fields, 2)]


def _schedule(version: int, f: list[str]) -> Sequence[bytes]:
    sessions = [(row[0], row[1], row[2]) for row in _rows(f[5:], 3)]
    return [wire.historical_schedule(version, int(f[0]), (f[1], f[2]), f[3], sessions)]


ENCODERS: dict[int, Encoder] = {
    10: _details,
    17: _bars,
    52: lambda v, f: [contract_messages.contract_details_end(v, int(f[1]))],
    67: lambda v, f: [wire.display_groups(v, int(f[1]), f[2])],
    68: lambda v, f: [wire.display_group_updated(v, int(f[1]), f[2])],
    75: _chain,
    76: lambda v, f: [wire.option_chain_end(v, int(f[0]))],
    78: lambda v, f: [wire.family_codes(v, _pairs(f[1:]))],
    79: _samples,
    85: lambda v, f: [wire.news_providers(v, _pairs(f[1:]))],
    87: lambda v, f: [wire.historical_news_end(v, int(f[0]), more=bool(int(f[1])))],
    88: lambda v, f: [market_messages.head_timestamp(v, int(f[0]), f[1])],
    89: lambda v, f: [wire.histogram(v, int(f[0]), [(a, float(b)) for a, b in _decimals(f[2:])])],
    93: lambda v, f: [wire.market_rule(v, int(f[0]), _decimals(f[2:]))],
    96: _midpoints,
    97: _quotes,
    98: _trades,
    106: _schedule,
}

NOT_REPRODUCED = {
    "rust-ibapi-0035": "one empty field more behind the last one that any client reads",
    "rust-ibapi-0036": "one empty field more behind the last one that any client reads",
    "rust-ibapi-0055": "hand-made: a stock with an expiration date",
    "rust-ibapi-0067": "the first of two parts; ours come whole",
    "rust-ibapi-0211": "hand-made for another message: a version and fields that message 76 has not",
    "rust-ibapi-0308": "hand-made: a word where the group's number stands",
    "rust-ibapi-0309": "hand-made: issuers of stocks; only bonds have them",
    "rust-ibapi-0411": "hand-made: one field more, and an EV multiplier",
    "rust-ibapi-0412": "hand-made: two fields more",
    "rust-ibapi-0414": "hand-made: a bond in the layout of other contracts",
    "rust-ibapi-0415": "hand-made: one field more, and an EV multiplier",
    "rust-ibapi-0416": "hand-made: one field more, and an EV multiplier",
    "rust-ibapi-0417": "hand-made: one field more, and an EV multiplier",
    "rust-ibapi-0418": "hand-made: one field more, and an EV multiplier",
    "rust-ibapi-0423": "hand-made: a market rule under the id of the end of news",
    "rust-ibapi-0424": "hand-made: a market rule under the id of the end of news",
    "rust-ibapi-0426": "hand-made: a market rule under the id of the end of news",
    "rust-ibapi-0450": "hand-made: marks of quotes past the day's range, and the first of two parts",
    "rust-ibapi-0451": "hand-made: marks of quotes past the day's range",
    "rust-ibapi-0452": "hand-made: marks of quotes past the day's range",
    "rust-ibapi-0453": "hand-made: marks of quotes past the day's range",
    "rust-ibapi-0454": "hand-made: a midpoint with a size",
}
"""Frames whose values our encoders cannot say, with the reason."""

NEVER_SENT = {
    84: "there is no news",
    86: "there is no news",
    104: "the calendar of corporate events is refused",
    105: "the calendar of corporate events is refused",
}
