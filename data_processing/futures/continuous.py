"""One series of bars across the expiries of a future: raw, or with the jumps at the rolls taken out.

At a roll the new contract trades at another price than the old one. `difference` adds that difference to
all before, `ratio` multiplies by the quotient; both take it from the closes of the last bar that the two
contracts have in common before the roll. The newest contract of a view keeps its prices. Volumes are never
changed, and each bar says of which contract it is.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute

from data_processing.futures.chain import expiry_day
from data_processing.futures.rolls import Floats, Front, Ints, Roll, RollRule, changes, fronts
from data_processing.futures.trading_days import TradingDays
from data_storage.tables import BARS
from market.bar_size import BarSize
from market.errors import BadRequest, NoData
from market.events import Hours
from market.instrument import Instrument
from market.times import DAY, iso

Adjust = Literal["none", "difference", "ratio"]
PRICES = ("open", "high", "low", "close", "average")
_ROUTE = [("contract_id", pa.int64()), ("exchange", pa.string()), ("contract", pa.string())]
SCHEMA = pa.schema([*BARS, *_ROUTE])
# A price in common that is older than this says nothing of the roll.
_IN_COMMON_WITHIN = 7 * DAY

Interest = dict[tuple[int, int], float]
"""Open interest by trading date (days since 1970) and contract id."""


class StoredBars(Protocol):
    """What is read from: a `TimeseriesDB`, or a view of what it knew at some time."""

    def bars(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
    ) -> pa.Table:
        """As `TimeseriesDB.bars`."""
        ...


class View(NamedTuple):
    """Bars as `SCHEMA`, sorted by time; up to their end the front of each trading date, and the rolls."""

    bars: pa.Table
    daily: list[Front]
    rolls: list[Roll]


class _Leg(msgspec.Struct, frozen=True):
    """All bars of one contract up to the end of the view."""

    instrument: Instrument
    table: pa.Table
    times: Ints
    days: Ints


def continuous(
    db: StoredBars,
    chain: Sequence[Instrument],
    size: str,
    start: int,
    end: int,
    *,
    rule: RollRule = RollRule(),  # noqa: B008  # a frozen value
    adjust: Adjust = "none",
    what: str = "TRADES",
    hours: Hours = "all",
    interest: Interest | None = None,
) -> View:
    """The bars of [start, end), UTC nanoseconds, each of the contract that was in front.

    Nothing after `end` has a say in it. `interest` is needed for that rule only. Raise `NoData` where nothing
    is stored or two contracts have no bar in common at a roll; `BadRequest` for bars of more than a day, bars
    without volume where volume decides, and ratios of prices that are not above 0.
    """
    bar_size = BarSize.parse(size)
    if bar_size.seconds * 10**9 > DAY:
        raise BadRequest(f"a bar of {bar_size} may have two contracts in it; take 1D or less")
    calendar = TradingDays.told(chain)
    legs = [_leg(db, each, bar_size, end, what, hours, calendar) for each in chain]
    legs = [each for each in legs if len(each.times)]
    if not legs:
        raise NoData(f"no {bar_size} {what} bars of these futures are stored; backfill some of them")
    daily = _daily(legs, rule, calendar, bar_size, interest)
    rolls = changes(daily)
    parts = _parts(legs, rolls, start, end)
    shifts = _shifts(legs, rolls, start, end, adjust)
    tables = [_adjusted(leg, part, shift) for (leg, part), shift in zip(parts, shifts, strict=True)]
    return View(pa.concat_tables([SCHEMA.empty_table(), *tables]), daily, rolls)


def _leg(
    db: StoredBars,
    instrument: Instrument,
    size: BarSize,
    end: int,
    what: str,
    hours: Hours,
    calendar: TradingDays,
) -> _Leg:
    table = db.bars(instrument.contract_id, instrument.exchange, size.name, 0, end, what=what, hours=hours)
    times = table["time"].cast(pa.int64()).to_numpy()
    return _Leg(instrument, table, times, calendar.of(times) if size.intraday else times // DAY)


def _daily(
    legs: Sequence[_Leg], rule: RollRule, calendar: TradingDays, size: BarSize, interest: Interest | None
) -> list[Front]:
    days = np.unique(np.concatenate([each.days for each in legs]))
    traded = np.stack([np.isin(days, each.days) for each in legs], axis=1)
    active = traded.astype(np.float64)
    if rule.by == "interest":
        active = _interest(legs, days, interest or {})
    elif rule.by == "volume":
        active = np.stack([_volume(each, days) for each in legs], axis=1)
    expiries = np.array([expiry_day(each.instrument) for each in legs], np.int64)
    places = fronts(rule, expiries, days, traded, active)
    return [
        Front(day, calendar.start(day) if size.intraday else day * DAY, legs[place].instrument)
        for day, place in zip(days.tolist(), places.tolist(), strict=True)
    ]


def _volume(leg: _Leg, days: Ints) -> Floats:
    """The volume of each of `days`, NaN where there is no bar."""
    volume = leg.table["volume"]
    if volume.null_count == len(volume):
        raise BadRequest(f"bars of {leg.instrument.ticker} have no volume; roll by days before expiry")
    place = np.searchsorted(days, leg.days)
    traded = np.bincount(place, np.nan_to_num(volume.to_numpy()), minlength=len(days))
    return np.where(np.bincount(place, minlength=len(days)) > 0, traded, np.nan)


def _interest(legs: Sequence[_Leg], days: Ints, interest: Interest) -> Floats:
    if not interest:
        raise BadRequest(
            "no open interest was given; IB has no history of it: give a file of it (--interest FILE.csv)"
        )
    return np.array(
        [[interest.get((day, each.instrument.contract_id), np.nan) for each in legs] for day in days.tolist()]
    )


def _bounds(rolls: Sequence[Roll], start: int, end: int) -> list[tuple[int, int]]:
    """Where each contract of the roll table is in front, within [start, end)."""
    edges = [each.time for each in rolls] + [end]
    return [(max(start, first), min(end, last)) for first, last in pairwise(edges)]


def _parts(legs: Sequence[_Leg], rolls: Sequence[Roll], start: int, end: int) -> list[tuple[_Leg, pa.Table]]:
    """The rows of each contract while it is in front."""
    by_contract = {each.instrument: each for each in legs}
    found = list[tuple[_Leg, pa.Table]]()
    for roll, (first, last) in zip(rolls, _bounds(rolls, start, end), strict=True):
        leg = by_contract[roll.after]
        low, high = np.searchsorted(leg.times, [first, max(first, last)])
        found.append((leg, leg.table.slice(low, high - low)))
    return found


def _shifts(
    legs: Sequence[_Leg], rolls: Sequence[Roll], start: int, end: int, adjust: Adjust
) -> list[tuple[float, float]]:
    """For each contract of the roll table what to multiply its prices with, and what to add then."""
    factor, offset = 1.0, 0.0
    found = [(factor, offset)]
    by_contract = {each.instrument: each for each in legs}
    for roll in reversed(rolls[1:]):
        # A roll outside of the view moves nothing that is seen.
        if adjust != "none" and start < roll.time < end:
            assert roll.before is not None
            old, new = _in_common(by_contract[roll.before], by_contract[roll.after], roll.time)
            if adjust == "ratio":
                factor *= _ratio(old, new, roll)
            else:
                offset += new - old
        found.append((factor, offset))
    return found[::-1]


def _in_common(old: _Leg, new: _Leg, time: int) -> tuple[float, float]:
    """The closes of the last bar that both have before `time`."""
    oldest = time - _IN_COMMON_WITHIN
    spans = [each.times[slice(*np.searchsorted(each.times, [oldest, time]))] for each in (old, new)]
    common = np.intersect1d(spans[0], spans[1], assume_unique=True)
    if not len(common):
        names = f"{old.instrument.ticker} and {new.instrument.ticker}"
        raise NoData(
            f"{names} have no bar in common in the week before the roll of {iso(time)}: backfill both for "
            f"that week, or take the bars as they are (--adjust none)"
        )
    last = common[-1]
    first, second = (
        float(each.table["close"][int(np.searchsorted(each.times, last))]) for each in (old, new)
    )
    return first, second


def _ratio(old: float, new: float, roll: Roll) -> float:
    if old <= 0 or new <= 0:
        raise BadRequest(
            f"at the roll of {iso(roll.time)} prices are {old:g} and {new:g}: a ratio needs prices above 0; "
            f"adjust by difference"
        )
    return new / old


def _adjusted(leg: _Leg, part: pa.Table, shift: tuple[float, float]) -> pa.Table:
    factor, offset = shift
    for name in PRICES if shift != (1.0, 0.0) else ():
        values = pa.compute.add(pa.compute.multiply(part[name], factor), offset)
        part = part.set_column(part.schema.get_field_index(name), name, values)
    each = leg.instrument
    for (name, kind), value in zip(_ROUTE, (each.contract_id, each.exchange, each.ticker), strict=True):
        part = part.append_column(name, pa.array([value] * part.num_rows, kind))
    return part
