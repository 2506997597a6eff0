"""What a broker told of a contract's hours, as kept in the ledger."""

from collections.abc import Iterator, Sequence, Set
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from data_processing.coverage import Range, missing, union
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Evidence, Session, Telling
from market.events import Hours
from market.hours import open_spans
from market.instrument import Instrument
from market.open_hours import OpenHours
from market.times import SECOND

_BOTH: tuple[Hours, ...] = ("all", "rth")


def remember(db: TimeseriesDB, instrument: Instrument, asked: int) -> None:
    """Keep the hours in the texts of `instrument`, told at `asked`, in a store that is open for writing.

    `db.put_instruments` keeps the latest texts only, and those speak of the coming days.
    """
    evidence, route = Evidence(db.folder), (instrument.contract_id, instrument.exchange)
    for hours in _BOTH:
        telling = telling_of(instrument, hours, asked)
        if telling is not None and not _kept(telling, evidence.tellings(*route, hours)):
            evidence.put_telling(*route, hours, telling)


def telling_of(instrument: Instrument, hours: Hours, asked: int) -> Telling | None:
    """What the texts of `instrument` say of all or of regular hours; `None` where they say nothing."""
    text = instrument.liquid_hours if hours == "rth" else instrument.trading_hours
    start, end = OpenHours.of(instrument).told
    if not text or start == end:
        return None
    spans = open_spans(text, instrument.time_zone)
    zone = ZoneInfo(instrument.time_zone)
    sessions = tuple(Session(*span, _day(span[1], zone)) for span in spans)
    return Telling(start, end, asked, sessions, tuple(_closed(text)))


class Told(msgspec.Struct, frozen=True):
    """What all tellings come to: the ranges that were spoken of, the sessions in them, and the dates."""

    known: Sequence[Range] = ()
    sessions: Sequence[Session] = ()
    days: Set[date] = frozenset()


def settled(tellings: Sequence[Telling]) -> Told:
    """Of two tellings the later holds; `tellings` come in the order in which they were told."""
    known, sessions = list[Range](), list[Session]()
    for telling in reversed(tellings):
        new = missing(known, telling.start, telling.end)
        for each in telling.sessions:
            clipped = ((max(each.start, a), min(each.end, b)) for a, b in new)
            sessions += [Session(start, end, each.day) for start, end in clipped if start < end]
        known = union([*known, *new])
    days = {each.day for each in sessions} | {day for each in tellings for day in each.closed}
    return Told(known, sorted(sessions), days)


def _kept(telling: Telling, known: Sequence[Telling]) -> bool:
    """Whether the same was told before; when it was does not matter."""
    return any(replace(each, asked=telling.asked) == telling for each in known)


def _closed(text: str) -> Iterator[date]:
    for day in filter(None, text.split(";")):
        if day.endswith("CLOSED"):
            yield datetime.strptime(day.partition(":")[0], "%Y%m%d").date()  # noqa: DTZ007  # a date, in no zone


def _day(end: int, zone: ZoneInfo) -> date:
    """The trading date is the one on which a session ends."""
    return datetime.fromtimestamp((end - 1) // SECOND, zone).date()
