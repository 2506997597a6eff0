"""Where orders that have come to the market meet its quotes and prints."""

from collections.abc import Callable, Container
from decimal import Decimal

from market.clock import Clock
from simulator.exchange import groups, triggers
from simulator.exchange.agenda import Agenda
from simulator.exchange.api import ZERO, Order, Status, Ticket
from simulator.exchange.blotter import Blotter, revised
from simulator.exchange.book import Key, Working
from simulator.exchange.feed import prints
from simulator.exchange.hours import works
from simulator.exchange.markets import Markets
from simulator.exchange.matching import Match, Want, exact, meet_quote, meet_trade
from simulator.exchange.rules import Increment
from simulator.model.api import MarketModel, Session, TradeTick

_WHOLE, _UNIT = Decimal(1), Decimal("0.00000001")


class Execution:
    """Sets orders off and fills them, by the rules of `triggers` and `matching`.

    `filled(order, quantity)` is called after each fill. Contracts in `halted` do not trade.
    """

    def __init__(
        self,
        model: MarketModel,
        clock: Clock,
        agenda: Agenda,
        blotter: Blotter,
        halted: Container[int],
        increment: Increment,
        filled: Callable[[Order, Decimal], None],
    ) -> None:
        self._clock = clock
        self._blotter = blotter
        self._book = blotter.book
        self._halted = halted
        self._increment = increment
        self._filled = filled
        self._markets = Markets(model, clock, agenda, self._needed, self._quoted, self._traded)

    # Coming and going.

    def enter(self, key: Key) -> None:
        """Let an order take part from now on."""
        working = self._blotter.found(key)
        self._blotter.update(working, since=self._clock.now(), limit=triggers.first_limit(working.ticket))
        self._markets.follow(working.contract_id, working.ticket)

    def watch(self, key: Key) -> None:
        """Let an order take part that waits for its trigger; a trail without a start begins at the market."""
        self.enter(key)
        working = self._blotter.found(key)
        if working.ticket.kind in triggers.TRAILING and working.order.stop is None:
            price = self._markets.price(working)
            if price is not None:
                self._advance(key, price)
        self.meet_quote(key)

    def release(self, number: int) -> None:
        """An order of this contract has left the market."""
        self._markets.release(number)

    def allowed(self, working: Working) -> Decimal:
        """How much of it may fill now, its parent considered."""
        ticket = working.ticket
        parent = self._book.order((ticket.client_id, ticket.parent_id)) if ticket.parent_id else None
        return groups.allowed(working, parent, self._book.siblings(ticket))

    def _needed(self, number: int) -> bool:
        return any(working.since is not None for working in self._book.on(number))

    # The market moves.

    def _quoted(self, number: int) -> None:
        for working in self._book.on(number):
            self.meet_quote(working.order.key)

    def _traded(self, number: int, tick: TradeTick) -> None:
        left = exact(tick.size)
        for working in self._book.on(number):
            left -= self._meet_trade(working.order.key, tick, left)

    def meet_quote(self, key: Key) -> None:
        """Let an order meet the quote that stands: set it off, fill it, or let it rest."""
        working = self._book.find(key)
        if working is None or not self._live(working):
            return
        if triggers.waits(working):
            price = triggers.quote_price(working.ticket, self._markets.touch(working.contract_id))
            if prints(working.ticket.listing) or price is None or not self._advance(key, price):
                return
            working = self._blotter.found(key)
        match = self._match(working)
        if match is not None:
            self._fill(working, match)

    def fills_whole(self, key: Key) -> bool:
        """Would the quote that stands fill all of the order?"""
        working = self._blotter.found(key)
        match = self._match(working) if self._live(working) else None
        return match is not None and match.quantity == working.order.remaining

    def _match(self, working: Working) -> Match | None:
        """What the quote gives; an order that finds it too dear comes to rest."""
        touch, want, opened = (
            self._markets.touch(working.contract_id),
            self._want(working),
            self._markets.opened(working),
        )
        side = touch.other(want.action)
        if side is not None and working.rested != opened and not want.accepts(side.price):
            self._blotter.update(working, rested=opened)
        return meet_quote(want, touch, rested=working.rested == opened)

    def _meet_trade(self, key: Key, tick: TradeTick, left: Decimal) -> Decimal:
        """Let an order meet a print; return how much of it went to the order."""
        working = self._book.find(key)
        if working is None or not self._live(working) or not tick.last:
            return ZERO
        if triggers.waits(working):
            if self._advance(key, exact(tick.price)):
                self.meet_quote(key)
            return ZERO
        match = meet_trade(self._want(working), tick, left)
        if match is None:
            return ZERO
        self._fill(working, match, tick.venue)
        return match.quantity

    def _advance(self, key: Key, price: Decimal) -> bool:
        """Move a trailing stop; return whether `price` set the order off."""
        working = self._blotter.found(key)
        ticket, stop = working.ticket, working.order.stop
        if ticket.kind in triggers.TRAILING:
            stop = triggers.trailed(ticket, stop, price, self._increment(ticket.listing, price))
            working = self._blotter.update(working, order=revised(working.order, stop=stop))
        assert stop is not None
        if not triggers.reached(ticket, stop, price):
            return False
        working = self._blotter.update(working, triggered=True, limit=triggers.limit_at(ticket, stop))
        self._blotter.set_status(working, "Submitted")
        return True

    # What an order may do at this moment.

    def _live(self, working: Working) -> bool:
        held_up = working.since is None or working.blocked or working.contract_id in self._halted
        if (
            held_up
            or working.ticket.kind in triggers.CLOSING
            or not self._markets.followed(working.contract_id)
        ):
            return False
        return works(working.ticket, self._markets.session(working.contract_id), self._clock.now())

    def _want(self, working: Working) -> Want:
        step = _UNIT if working.ticket.listing.fractional else _WHOLE
        return Want(working.ticket.action, self.allowed(working), working.limit, step)

    # Fills.

    def auction(self, key: Key, session: Session) -> None:
        """Trade an order for the close at the last price of the regular session, if its limit allows."""
        working = self._blotter.found(key)
        price = self._markets.closing_price(working, session)
        want = self._want(working)
        halted = working.contract_id in self._halted
        if price is not None and want.quantity > ZERO and want.accepts(price) and not halted:
            self._fill(working, Match(want.quantity, price, shown=False, rested=True))

    def _fill(self, working: Working, match: Match, venue: str = "") -> None:
        ticket, number = working.ticket, working.contract_id
        if match.shown:
            self._markets.take(number, ticket.action, match.quantity)
        reports = self._blotter.reports
        order = _after(working.order, match, self._clock.now())
        order = revised(order, average_price=reports.average(order, match.price * match.quantity))
        self._blotter.update(working, order=order)
        reports.filled(order, match, venue or _venue(ticket))
        self._filled(order, match.quantity)
        self._markets.release(number)


def _after(order: Order, match: Match, now: int) -> Order:
    """The order once `match` has filled, but for its average price."""
    filled = order.filled + match.quantity
    done = filled == order.ticket.quantity
    status: Status = "PendingCancel" if order.status == "PendingCancel" else "Submitted"
    return revised(
        order,
        status="Filled" if done else status,
        filled=filled,
        last_price=match.price,
        done=now if done else None,
    )


def _venue(ticket: Ticket) -> str:
    """Where a fill against the quote happens."""
    instrument = ticket.listing.instrument
    return instrument.primary_exchange or instrument.exchange
