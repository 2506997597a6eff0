"""One contract's market: its sessions, their minutes, and the ticks of each minute."""

from collections.abc import Sequence
from typing import Protocol

from market.times import MINUTE
from simulator.kept import Kept
from simulator.model.api import Listing, Session
from simulator.model.columns import Grid, Rows, Ticks
from simulator.model.minutes import Generator
from simulator.model.sessions import Schedule
from simulator.model.ticks import Row, make_ticks
from simulator.model.universe import Member

# What one market keeps of all its contracts together: a minute of a day takes about 170 bytes, a tick 120.
MINUTES_KEPT, TICKS_KEPT = 150_000, 100_000


class Memory:
    """Days and minutes that were made, shared by the contracts of a market so that it has one bound."""

    def __init__(self, minutes: int = MINUTES_KEPT, ticks: int = TICKS_KEPT) -> None:
        self.days = Kept[Rows](minutes, lambda rows: len(rows.prints))
        self.minutes = Kept[Ticks](ticks, lambda ticks: len(ticks.trades) + len(ticks.quotes) + 1)


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

    def __init__(self, seed: int, member: Member, *, always_open: bool, memory: Memory | None = None) -> None:
        profile = member.profile
        self.listing = member.listing
        self.grid = Grid.of(member.listing.instrument.min_tick, profile.unit)
        self.schedule = Schedule.of(member, always_open)
        self._generator = Generator(seed, member, self.grid, always_open=always_open)
        self._lot = profile.lot
        self._memory = memory or Memory()
        self._number = member.listing.instrument.contract_id

    def sessions(self, start: int, end: int) -> Sequence[Session]:
        return self.schedule.between(start, end)

    def minutes(self, session: Session) -> Rows:
        return self._memory.days.get(
            (self._number, session.open),
            lambda: self._generator.minutes(session, session.open, session.close),
        )

    def ticks(self, session: Session, minute: int) -> Ticks:
        return self._memory.minutes.get((self._number, minute), lambda: self._make(session, minute))

    def _make(self, session: Session, minute: int) -> Ticks:
        row = Row.of(self.minutes(session), minute)
        key = self._generator.tick_key(minute)
        return make_ticks(row, key, lot=self._lot, quote_only="TRADES" not in self.listing.what)


def minutes_between(session: Session, start: int, end: int) -> range:
    """The minutes of a session that overlap [start, end)."""
    first = max(session.open, start - start % MINUTE)
    return range(first, min(session.close, end), MINUTE)
