"""One contract's market: its sessions, their minutes, and the ticks of each minute."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from market.times import MINUTE
from simulator.model.api import Listing, Session
from simulator.model.columns import Grid, Rows, Ticks
from simulator.model.minutes import Generator
from simulator.model.sessions import Schedule
from simulator.model.ticks import Row, make_ticks
from simulator.model.universe import Member

# A day of minutes takes up to 200 kB, a busy minute of ticks about 40 kB.
DAYS_KEPT, MINUTES_KEPT = 64, 128


class Series(Protocol):
    """What bars and streams are made of, generated or read from a file."""

    @property
    def listing(self) -> Listing: ...
    @property
    def grid(self) -> Grid: ...

    def sessions(self, start: int, end: int) -> Sequence[Session]:
        """Every session that overlaps [start, end), in order."""
        ...

    def minutes(self, session: Session) -> Rows:
        """One row for each minute of the session."""
        ...

    def ticks(self, session: Session, minute: int) -> Ticks:
        """What happened in the minute of the session that begins at `minute`."""
        ...


class Generated:
    """A contract of the generated market."""

    def __init__(self, seed: int, member: Member, *, always_open: bool) -> None:
        profile = member.profile
        self.listing = member.listing
        self.grid = Grid.of(member.listing.instrument.min_tick, profile.unit)
        self.schedule = Schedule.of(member, always_open)
        self._generator = Generator(seed, member, self.grid, always_open=always_open)
        self._lot = profile.lot
        self.minutes = lru_cache(DAYS_KEPT)(self._minutes)
        self.ticks = lru_cache(MINUTES_KEPT)(self._ticks)

    def sessions(self, start: int, end: int) -> Sequence[Session]:
        return self.schedule.between(start, end)

    def _minutes(self, session: Session) -> Rows:
        return self._generator.minutes(session, session.open, session.close)

    def _ticks(self, session: Session, minute: int) -> Ticks:
        row = Row.of(self.minutes(session), minute)
        key = self._generator.tick_key(minute)
        return make_ticks(row, key, lot=self._lot, quote_only="TRADES" not in self.listing.what)


def minutes_between(session: Session, start: int, end: int) -> range:
    """The minutes of a session that overlap [start, end)."""
    first = max(session.open, start - start % MINUTE)
    return range(first, min(session.close, end), MINUTE)
