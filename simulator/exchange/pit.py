"""Where orders that have come to the market meet its quotes and prints."""

from collections.abc import Callable, Container
from decimal import Decimal
from functools import partial

from market.clock import Clock
from simulator.exchange import groups, triggers
from simulator.exchange.agenda import Agenda
from simulator.exchange.api import ZERO, Order, Status, Ticket
from simulator.exchange.blotter import Blotter, revised
from simulator.exchange.book import Key, Working
from simulator.exchange.feed import Feed, closing_trade, last_trade, prints
from simulator.exchange.hours import hours_of, works
from simulator.exchange.matching import Match, Touch, Want, exact, meet_quote, meet_trade
from simulator.exchange.rules import Increment
from simulator.model.api import MarketModel, Session, TradeTick
from simulator.model.calendar import next_session, session_at

_WHOLE, _UNIT = Decimal(1), Decimal("0.00000001")


class Pit:
    """Follows the contracts that have orders at the market, and fills them by the rules of `matching`.

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
        self._model = model
        self._clock = clock
        self._agenda = agenda
        self._blotter = blotter
        self._book = blotter.book
        self._halted = halted
        self._increment = increment
        self._filled = filled
        self._feeds: dict[int, Feed] = {}
        self._touches: dict[int, Touch] = {}
        self._sessions: dict[int, Session | None] = {}

    # Coming and going.

    def enter(self, key: Key) -> None:
        """Let an order take part from now on."""
        working = self._blotter.found(key)
        self._blotter.update(working, since=self._clock.now(), limit=triggers.first_limit(working.ticket))
        self._follow(working.contract_id, working.ticket)

    def watch(self, key: Key) -> None:
        """Let an order take part that waits for its trigger; a trail without a start begins at the market."""
        self.enter(key)
        working = self._blotter.found(key)
        if working.ticket.kind in triggers.TRAILING and working.order.stop is None:
            price = self._market_price(working)
            if price is not None:
                self._advance(key, price)
        self.meet_quote(key)

    def release(self, number: int) -> None:
        """Stop following a contract that has no order at the market."""
        if number in self._feeds and not self._needed(number):
            self._shut(number)

    def allowed(self, working: Working) -> Decimal:
        """How much of it may fill now, its parent considered."""
        ticket = working.ticket
        parent = self._book.order((ticket.client_id, ticket.parent_id)) if ticket.parent_id else None
        return groups.allowed(working, parent, self._book.siblings(ticket))

    def _follow(self, number: int, ticket: Ticket) -> None:
        session = self._session(number)
        if number in self._feeds or session is None:
            return
        before = self._touches.get(number, Touch())
        quote, trade = partial(self._quoted, number), partial(self._traded, number)
        feed = Feed(self._model, self._clock, ticket.listing, before, quote, trade)
        self._feeds[number] = feed
        self._agenda.at(session.close, partial(self._rest, feed, number, ticket))

    def _rest(self, feed: Feed, number: int, ticket: Ticket) -> None:
        """Look away while the market is shut."""
        if self._feeds.get(number) is not feed:
            return
        self._shut(number)
        following = next_session(self._model, number, self._clock.now())
        if following is not None and self._needed(number):
            self._agenda.at(following.open, partial(self._resume, number, ticket))

    def _resume(self, number: int, ticket: Ticket) -> None:
        if self._needed(number):
            self._follow(number, ticket)

    def _needed(self, number: int) -> bool:
        return any(working.since is not None for working in self._book.on(number))

    def _shut(self, number: int) -> None:
        feed = self._feeds.pop(number)
        self._touches[number] = feed.touch
        feed.close()

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
            price = triggers.quote_price(working.ticket, self._touch(working))
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
        touch, want, opened = self._touch(working), self._want(working), self._opened(working)
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
        if held_up or working.ticket.kind in triggers.CLOSING or working.contract_id not in self._feeds:
            return False
        return works(working.ticket, self._session(working.contract_id), self._clock.now())

    def _want(self, working: Working) -> Want:
        step = _UNIT if working.ticket.listing.fractional else _WHOLE
        return Want(working.ticket.action, self.allowed(working), working.limit, step)

    def _touch(self, working: Working) -> Touch:
        """The quote as orders left it; of a market that has shut, the last one."""
        feed = self._feeds.get(working.contract_id)
        return feed.touch if feed else self._touches.get(working.contract_id, Touch())

    def _session(self, number: int) -> Session | None:
        now, session = self._clock.now(), self._sessions.get(number)
        if session is None or not session.open <= now < session.close:
            session = self._sessions[number] = session_at(self._model, number, now)
        return session

    def _opened(self, working: Working) -> int | None:
        session = self._session(working.contract_id)
        return session.bounds(hours_of(working.ticket))[0] if session else None

    def _market_price(self, working: Working) -> Decimal | None:
        if not prints(working.ticket.listing):
            return triggers.quote_price(working.ticket, self._touch(working))
        last = last_trade(self._model, working.contract_id, self._clock.now())
        return exact(last.price) if last else None

    # Fills.

    def auction(self, key: Key, session: Session) -> None:
        """Trade an order for the close at the last price of the regular session, if its limit allows."""
        working = self._blotter.found(key)
        price = self._closing_price(working, session)
        want = self._want(working)
        halted = working.contract_id in self._halted
        if price is not None and want.quantity > ZERO and want.accepts(price) and not halted:
            self._fill(working, Match(want.quantity, price, shown=False, rested=True))

    def _closing_price(self, working: Working, session: Session) -> Decimal | None:
        if prints(working.ticket.listing):
            bounds = session.regular_open, session.regular_close
            last = closing_trade(self._model, working.contract_id, *bounds)
            return exact(last.price) if last else None
        return triggers.quote_price(working.ticket, self._touch(working))

    def _fill(self, working: Working, match: Match, venue: str = "") -> None:
        ticket, number = working.ticket, working.contract_id
        if match.shown:
            feed = self._feeds[number]
            feed.touch = feed.touch.taken(ticket.action, match.quantity)
        reports = self._blotter.reports
        order = _after(working.order, match, self._clock.now())
        order = revised(order, average_price=reports.average(order, match.price * match.quantity))
        self._blotter.update(working, order=order)
        reports.filled(order, match, venue or _venue(ticket))
        self._filled(order, match.quantity)
        self.release(number)


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
