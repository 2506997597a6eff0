"""What users want to keep coming: one entry for each stream however many want it, and their handles on it."""

import asyncio
import contextvars
from collections.abc import Callable

from ib_api.gateway_time import LATENESS
from ib_api.tick_way import TickWay
from ib_api.ways import Way
from market.clock import Timer
from market.events import DataType, StreamState, TickType
from market.instrument import Instrument
from market.wanted import Wanted


class Entry:
    """One wanted stream and how it stands.

    `whole_from` and `whole_until` are the gateway times between which all has come. `broke_at` is when, by
    our clock, it broke off; or was asked for while farms were down, which makes it `unsure` that IB has heard
    it. `not_before` (of the clock's monotonic time) and `failures` hold back what IB refused, for which
    `trouble` says why; `queued` says that it waits for a free place. A `probe` is asked for although its kind
    is paused. `decided` is set once a user who has just subscribed can be told how it stands. Whoever wanted
    it first is in its `context`: it is asked for in that one's name, whatever makes us ask.
    """

    def __init__(self, wanted: Wanted, way: Way) -> None:
        self.wanted = wanted
        self.way = way
        self.users: list[IBSubscription] = []
        self.state: StreamState = "waiting"
        self.note = self.trouble = ""
        self.error: Exception | None = None
        self.decided = asyncio.Event()
        self.opening: asyncio.Task[None] | None = None
        self.context = contextvars.copy_context()
        self.whole_from = self.whole_until = self.live_since = self.not_before = 0
        self.queued = self.probe = self.unsure = False
        self.broke_at = 0
        self.failures = 0
        self.obstacle = ""
        self.linger: Timer | None = None
        self._held: Timer | None = None

    @property
    def heard(self) -> bool:
        """Whether it has brought anything since it broke off, or was asked for."""
        return self._heard_after(0)

    @property
    def goes_on(self) -> bool:
        """Whether it brings more since it broke off than what was on its way then."""
        return self._heard_after(LATENESS)

    def _heard_after(self, margin: int) -> bool:
        line = self.way.line
        return line is not None and line.heard > self.broke_at + margin

    @property
    def route(self) -> tuple[int, str] | None:
        """Contract and exchange, of what has them."""
        route: tuple[int, str] | None = getattr(self.wanted, "route", None)
        return route

    def hold(self, timer: Timer | None) -> None:
        """`timer` is what looks after it again; the one before it need not."""
        if self._held is not None:
            self._held.cancel()
        self._held = timer

    def advise(self, text: str) -> None:
        """IB said something about it that leaves it running."""
        if text not in self.note:
            self.note = f"{self.note}; {text}" if self.note else text


class IBSubscription:
    """One user's share in a stream; see `market.broker.Subscription`. It lives on the event loop's thread."""

    def __init__(self, entry: Entry, leave: Callable[["IBSubscription", bool], None]) -> None:
        self._entry = entry
        self._leave = leave
        self._cancelled = False

    @property
    def wanted(self) -> Wanted:
        """What was declared."""
        return self._entry.wanted

    @property
    def state(self) -> StreamState:
        """How it stands; ``ended`` as well once it was cancelled."""
        return "ended" if self._cancelled else self._entry.state

    @property
    def note(self) -> str:
        """What the user should know; empty when all is as asked."""
        entry = self._entry
        waits = () if entry.state == "live" else (entry.trouble, entry.obstacle)
        return "; ".join(filter(None, (entry.note, *waits)))

    @property
    def error(self) -> Exception | None:
        """Why it was given up for good."""
        return self._entry.error

    def cancel(self, *, linger: bool = True) -> None:
        """Want it no longer; calling it twice is harmless.

        What cannot be asked for again at once is kept at IB for 15 s, unless it need not `linger`.
        """
        if not self._cancelled:
            self._cancelled = True
            self._leave(self, linger)


class IBTickSubscription(IBSubscription):
    """A share in a stream of ticks; see `market.broker.TickSubscription`."""

    def __init__(self, entry: Entry, leave: Callable[[IBSubscription, bool], None]) -> None:
        super().__init__(entry, leave)
        assert isinstance(entry.way, TickWay)
        self._way = entry.way

    @property
    def instrument(self) -> Instrument:
        """Whose ticks they are."""
        return self._way.instrument

    @property
    def tick_type(self) -> TickType:
        """What is delivered, which is not what was asked for where the line has no such ticks."""
        return self._way.tick_type

    @property
    def source(self) -> str:
        """``tbt`` or ``l1``."""
        return self._way.source or ""

    @property
    def data_type(self) -> DataType | None:
        """How fresh it is; `None` until IB has said so."""
        return self._way.data_type


def handle(entry: Entry, leave: Callable[[IBSubscription, bool], None]) -> IBSubscription:
    """A further user of an entry."""
    kind = IBTickSubscription if isinstance(entry.way, TickWay) else IBSubscription
    user = kind(entry, leave)
    entry.users.append(user)
    return user
