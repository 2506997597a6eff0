"""A running market-data line: which kind of data it carries, and what changes that."""

from typing import TYPE_CHECKING

from market.times import MINUTE
from simulator.gateway.flows import Flow
from simulator.gateway.generic_ticks import Asked
from simulator.gateway.handlers.permissions import needs_subscription, no_delayed, not_subscribed
from simulator.gateway.line import Line
from simulator.gateway.moments import Moment, moments
from simulator.gateway.print_ticks import RT_VOLUME
from simulator.gateway.smart import bbo_exchange
from simulator.model.api import Listing
from simulator.model.calendar import session_at
from simulator.refused import Refused
from simulator.stream import Beat, beats
from simulator.wire import market_messages

if TYPE_CHECKING:
    from simulator.gateway.session import Session

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
DELAY = 15 * MINUTE


class LineFlow(Flow):
    """Sends the state of a line, and unless it is wanted only `once`, its changes.

    Raise `Refused` where the client gets nothing of the contract.
    """

    def __init__(
        self, session: "Session", request_id: int, listing: Listing, asked: Asked, *, once: bool = False
    ) -> None:
        delayed = is_delayed(listing, session.data_type)
        super().__init__(session, request_id, listing.instrument.contract_id, delayed=delayed)
        self._listing = listing
        self._asked = asked
        self._kind = 0
        self._told_halted = False
        it = listing.instrument
        code = bbo_exchange(it)
        session.send(market_messages.tick_request_parameters(session.version, request_id, it.min_tick, code))
        self._begin()
        if not once:
            self._stream()

    # -- what changes it

    def switch(self) -> None:
        """The client wants another type of data: begin again where that changes this line's.

        Without permission it falls silent, and keeps its place until it is cancelled or switched again.
        """
        try:
            self._delayed = is_delayed(self._listing, self.session.data_type)
        except Refused as refusal:
            self.pause()
            self._kind = 0
            self.session.error(self.request_id, refusal.code, str(refusal))
            return
        if self._kind_now() != self._kind:
            self.pause()
            self._begin()
            self._stream()

    def refresh(self) -> None:
        if self._kind and self.halted != self._told_halted:
            self._told_halted = self.halted
            self._line.send_halted(self._told_halted)

    def resume(self) -> None:
        self._line.send_state(self._now, with_quote=True, halted=self.halted)

    # -- what it sends

    @property
    def _now(self) -> int:
        """The time of the data sent at present."""
        return self.session.now - DELAY * self._delayed

    def _kind_now(self) -> int:
        frozen = _is_frozen(self.session, self.contract_id, self._now)
        if self._delayed:
            return DELAYED_FROZEN if frozen else DELAYED
        return FROZEN if frozen else LIVE

    def _begin(self) -> None:
        """Say what kind of data follows, then send the present state."""
        session, now = self.session, self._now
        if self._delayed:
            text = "Requested market data is not subscribed. Displaying delayed market data."
            session.error(self.request_id, 10167, text)
        self._send_kind(self._kind_now())
        self._line = Line(session, self.request_id, self._listing, self._asked, delayed=self._delayed)
        self._told_halted = self.halted
        opened = session_at(session.services.model, self.contract_id, now) is not None
        with_quote = opened or self._kind in (FROZEN, DELAYED_FROZEN)
        self._line.send_state(now, with_quote=with_quote, halted=self.halted)

    def _send_kind(self, kind: int) -> None:
        self._kind = kind
        self.session.send(market_messages.market_data_type(self.session.version, self.request_id, kind))

    def _stream(self) -> None:
        services, delay = self.session.services, DELAY * self._delayed
        every = RT_VOLUME in self._asked.numbers
        fetch = moments(services.model, self._listing, services.options.feed, every=every)
        self.stream(fetch, self._update, start=self._now, delay=delay)
        if self._line.looks_slowly:
            self.stream(beats(MINUTE), self._look, start=self._now + 1)

    def _update(self, moment: Moment) -> None:
        if self._kind in (FROZEN, DELAYED_FROZEN):
            self._send_kind(DELAYED if self._delayed else LIVE)
        self._line.update(moment)

    def _look(self, beat: Beat) -> None:
        if session_at(self.session.services.model, self.contract_id, beat.time) is not None:
            self._line.send_slow(beat.time)


def is_delayed(listing: Listing, wanted: int) -> bool:
    """Whether the client gets delayed data, the best it is entitled to; refuse when it gets nothing."""
    may_be_delayed = wanted in (DELAYED, DELAYED_FROZEN)
    if listing.entitlement == "live":
        return False
    if listing.entitlement == "delayed":
        if may_be_delayed:
            return True
        raise needs_subscription(listing)
    raise no_delayed() if may_be_delayed else not_subscribed(listing)


def _is_frozen(session: "Session", contract_id: int, now: int) -> bool:
    """Frozen data is the last of a market that is shut, for those who ask for it."""
    if session.data_type not in (FROZEN, DELAYED_FROZEN):
        return False
    return session_at(session.services.model, contract_id, now) is None
