"""A market from files: each file's contract as recorded, the rest of the universe generated.

A replayed contract trades when its file has data. After the file's end it is always open and goes on as a
generated market from its last close. Minutes that the file lacks have no TRADES bar. A bar of volume 0 is
served as it is; the prints that show its prices have size 0.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from market.errors import BadRequest, SetupError
from market.source import Feed
from market.times import MINUTE
from simulator.model.api import Listing, Session
from simulator.model.chance import key_of
from simulator.model.columns import Grid, Rows, Ticks, join
from simulator.model.minutes import Generator
from simulator.model.replay_bars import bar_length
from simulator.model.replay_file import FileData, read_file
from simulator.model.replay_rows import FileDay, Maker, scale_of
from simulator.model.series import Memory
from simulator.model.sessions import Schedule, local, regular_hours
from simulator.model.ticks import Row, make_ticks
from simulator.model.universe import Entitlement, Kind, Member, unlisted_stock

Stamp = Literal["start", "end"]


class Replayed:
    """A contract of a file; `end` is where the file ends and the generated market goes on."""

    def __init__(self, seed: int, member: Member, maker: Maker, days: Sequence[FileDay]) -> None:
        self.grid: Grid = maker.grid
        self.end: int = days[-1].rows.end
        self.listing: Listing = member.listing
        self._maker = maker
        self._days = {day.date: day for day in days}
        self._zone = member.listing.instrument.time_zone
        kind = member.profile.kind
        self._sessions = [_file_session(day, kind) for day in days]
        self._sessions[-1] = self._extended(self._sessions[-1])
        self._openings = [session.open for session in self._sessions]
        self._after = Schedule(kind, self._zone, self._sessions[-1].date + timedelta(1), always_open=True)
        # What follows the file keeps to the contract's tick, which the file's own grid may divide.
        tick = Grid.of(member.listing.instrument.min_tick, self.grid.unit)
        self._finer = tick.step * self.grid.scale // tick.scale
        anchor = (self.end, self._last_price(days[-1].rows))
        self._generator = Generator(seed, member, tick, anchor, always_open=True)
        self._memory = Memory()

    def sessions(self, start: int, end: int) -> Sequence[Session]:
        first = max(0, bisect_right(self._openings, start) - 1)
        known = [each for each in self._sessions[first:] if each.open < end and each.close > start]
        return [*known, *self._after.between(max(start, self._sessions[-1].close), end)]

    def _extended(self, session: Session) -> Session:
        """The file's last session, until midnight; regular trading too where the file stops in it."""
        midnight = local(self._zone, session.date, 24 * 60)
        close = max(midnight, self.end)
        cut = session.regular_open < session.regular_close == self.end
        regular = close if cut else session.regular_close
        return Session(session.date, session.open, close, session.regular_open, regular)

    def _last_price(self, rows: Rows) -> float:
        if self._maker.quote_only:
            return self.grid.half(int(rows.mid.close[-1]))
        return self.grid.price(int(rows.trade.close[-1]))

    def minutes(self, session: Session) -> Rows:
        return self._memory.days.get(("all", session.open), lambda: self._minutes(session))

    def _following(self, session: Session) -> Rows:
        return self._memory.days.get(("after", session.open), lambda: self._generated(session))

    def ticks(self, session: Session, minute: int) -> Ticks:
        return self._memory.minutes.get(minute, lambda: self._ticks(session, minute))

    def _minutes(self, session: Session) -> Rows:
        day = self._days.get(session.date)
        parts = [day.rows] if day else []
        if self.end < session.close:
            parts.append(self._following(session).scaled(self._finer))
        return join(parts)

    def _generated(self, session: Session) -> Rows:
        """The minutes of a session after the file's end, in the contract's ticks."""
        start = max(session.open, self.end)
        rest = Session(session.date, start, session.close, start, session.close)
        return self._generator.minutes(rest, start, session.close)

    def _ticks(self, session: Session, minute: int) -> Ticks:
        day = self._days.get(session.date)
        if day and minute in day.ticks:
            return day.ticks[minute]
        after = minute >= self.end
        rows = self._following(session) if after else self.minutes(session)
        if not rows.span[(minute - rows.start) // MINUTE]:
            return Ticks([], [])
        lot = self._maker.profile.lot * self.grid.unit
        key = self._generator.tick_key(minute)
        ticks = make_ticks(Row.of(rows, minute), key, lot=lot, quote_only=self._maker.quote_only)
        return ticks.scaled(self._finer) if after else ticks


def _file_session(day: FileDay, kind: Kind) -> Session:
    """When the file has data that day; regular as far as the contract's usual hours reach."""
    start, end = day.rows.start, day.rows.end
    usual_open, usual_close = regular_hours(kind, day.date)
    first = min(end, max(start, usual_open))
    return Session(day.date, start, end, first, max(first, min(end, usual_close)))


def load_replay(
    files: Mapping[str, Path],
    members: Sequence[Member],
    *,
    stamp: Stamp,
    zone: str,
    seed: int,
    entitlement: Entitlement | None = None,
) -> Sequence[Replayed]:
    """One series for each file, by symbol; raise `BadRequest` or `SetupError` for a file that will not do."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise BadRequest(f"{zone!r} is no time zone; give an IANA name, e.g. America/New_York") from exc
    series = [_series(symbol, read_file(path, zone), members, stamp, seed) for symbol, path in files.items()]
    if entitlement is not None:
        for each in series:
            each.listing = msgspec.structs.replace(each.listing, entitlement=entitlement)
    return series


def _series(symbol: str, data: FileData, members: Sequence[Member], stamp: Stamp, seed: int) -> Replayed:
    size = bar_length(data) if data.kind == "bars" else 0
    early = data.times[0] - (size if stamp == "end" else 0)
    member = _member(symbol, members, early, data)
    quote_only = data.kind == "quotes" or "TRADES" not in member.listing.what
    what = tuple(each for each in member.listing.what if each != "TRADES" or not quote_only)
    listing = msgspec.structs.replace(member.listing, head=early, what=what)
    tick = listing.instrument.min_tick
    key = key_of(seed, "replay", listing.instrument.contract_id)
    maker = Maker.of(data, member.profile, tick, key, quote_only=quote_only)
    return Replayed(seed, Member(listing, member.profile), maker, maker.days(data, size, stamp))


def _member(symbol: str, members: Sequence[Member], head: int, data: FileData) -> Member:
    """The contract meant: by local symbol, else currency pair or symbol; a new stock when there is none."""
    wanted = symbol.strip().upper()
    fits = [each for each in members if wanted in _names(each)]
    if len(fits) > 1:
        lines = "; ".join(each.listing.instrument.describe() for each in fits)
        raise BadRequest(f"{symbol!r} fits several contracts; name one by its conId: {lines}")
    if fits:
        return fits[0]
    contract_id = 900_000_000 + key_of("conId", wanted) % 99_999_999
    prices = next(iter(data.columns.values()))
    level = float(np.median(prices))
    # A penny is no tick for something that costs less than a few hundred of them.
    return unlisted_stock(wanted, contract_id, head, level, 0.01 if level > 5 else 1 / scale_of(prices))


def _names(member: Member) -> tuple[str, ...]:
    instrument = member.listing.instrument
    local_symbol = instrument.local_symbol
    return str(instrument.contract_id), local_symbol, local_symbol.replace(".", "")


def digest(files: Mapping[str, Path], *, stamp: Stamp, zone: str, seed: int, feed: Feed) -> str:
    """What identifies a replay: the bytes of its files and everything that decides how they are read."""
    total = sha256(repr((stamp, zone, seed, feed)).encode())
    for symbol, path in sorted(files.items()):
        try:
            content = path.read_bytes()
        except OSError as exc:
            raise SetupError(f"{path} cannot be read ({exc.strerror}); check --replay") from exc
        total.update(repr((symbol.upper(), len(content))).encode() + content)
    return total.hexdigest()
