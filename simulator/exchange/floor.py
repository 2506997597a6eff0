"""Where orders live between their acceptance and their end: arrival, triggers, fills, expiry.

The rules are pure and elsewhere; this joins them with the clock, the market and the book. Every step of an
order's life takes its time, so that a client learns of an order before it learns of its fill.
"""

from collections.abc import Container
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from market.clock import Clock
from market.times import SECOND
from simulator.exchange import groups, triggers
from simulator.exchange.agenda import Agenda
from simulator.exchange.api import ZERO, Account, Order, Status, Ticket
from simulator.exchange.book import Book, Key, Working
from simulator.exchange.feed import Feed, closing_trade, last_trade, prints
from simulator.exchange.hours import coming, expiry, hours_of, works
from simulator.exchange.matching import Match, Touch, Want, exact, meet_quote, meet_trade
from simulator.exchange.reports import Reports
from simulator.model.api import MarketModel, Session, TradeTick
from simulator.model.calendar import session_at

_MILLISECOND = SECOND // 1000
ACKNOWLEDGE = 5 * _MILLISECOND  # from a request to the first word about it
TRAVEL = 20 * _MILLISECOND  # from that word to the market, or to the end of a cancelled order
EXECUTE = 5 * _MILLISECOND  # from the arrival at the market to the first look at the quote

_WHOLE, _UNIT = Decimal(1), Decimal("0.00000001")


class Floor:
    """The orders of one exchange at work."""

    def __init__(self, model: MarketModel, clock: Clock, account: Account, halted: Container[int]) -> None:
        self.book = Book()
        self.reports = Reports(clock, account)
        self._model = model
        self._clock = clock
        self._halted = halted
        self._agenda = Agenda(clock)
        self._feeds: dict[int, Feed] = {}
        self._touches: dict[int, Touch] = {}
        self._sessions: dict[int, Session | None] = {}

    # What clients ask for.

    def send(self, key: Key) -> None:
        """Let an accepted order go its way."""
        self._update(self._found(key), held=False)
        self._set_expiry(key)
        self._agenda.after(ACKNOWLEDGE, partial(self._tell, key))
        self._agenda.after(ACKNOWLEDGE + TRAVEL, partial(self._work, key))

    def change(self, key: Key, ticket: Ticket) -> None:
        """Replace an order's terms; it loses its place and comes to the market anew."""
        self._agenda.after(ACKNOWLEDGE, partial(self._replace, key, ticket))

    def cancel(self, key: Key) -> None:
        """Withdraw an order on its client's wish. Until the market confirms it, it may still fill."""
        working = self._found(key)
        self._update(working, cancelling=True)
        if working.held:
            self._cancelled(key)
            return
        self._agenda.after(ACKNOWLEDGE, partial(self._pending, key))
        self._agenda.after(ACKNOWLEDGE + TRAVEL, partial(self._cancelled, key))

    def correct(self, exec_id: str, price: Decimal) -> None:
        """Book an execution again at another price, and its order with the new average."""
        fill = self.reports.corrected(exec_id, price)
        order = self.book.order(fill.order.key)
        assert order is not None
        order = _replaced(order, average_price=self.reports.average(order, fill))
        working = self.book.find(order.key)
        if working is None:
            self.book.refresh(order)
        else:
            self._update(working, order=order)
        self.reports.correct(msgspec.structs.replace(fill, order=order))

    def reference_price(self, ticket: Ticket) -> Decimal | None:
        """What the order is expected to trade at; None where nothing is known."""
        if ticket.limit is not None:
            return ticket.limit
        number, now = ticket.listing.instrument.contract_id, self._clock.now()
        last = last_trade(self._model, number, now) if prints(ticket.listing) else None
        return exact(last.price) if last else None

    # The way to the market.

    def _work(self, key: Key) -> None:
        """Bring an order to the market as soon as its parent and the hours allow."""
        working = self.book.find(key)
        if working is None or working.since is not None or not self._wanted(working):
            return
        if self._allowed(working) == ZERO:
            return
        ticket, now = working.ticket, self._clock.now()
        session = coming(self._model, ticket, now)
        if session is None or not works(ticket, session, now):
            self._wait_for(key, session)
        elif ticket.kind in triggers.CLOSING:
            self._set_status(working, "Submitted")
            self._update(self._found(key), since=now)
            self._agenda.at(session.regular_close, partial(self._auction, key, session))
        elif triggers.waits(working):
            self._watch(working)
        else:
            if ticket.kind != "MKT":
                self._set_status(working, "Submitted")
            self._agenda.after(EXECUTE, partial(self._look, key))

    def _wait_for(self, key: Key, session: Session | None) -> None:
        working = self._found(key)
        if working.ticket.tif in ("IOC", "FOK"):
            self._end_immediate(working)
        elif session is not None:
            opened = session.bounds(hours_of(working.ticket))[0]
            self._agenda.at(opened, partial(self._work, key))

    def _watch(self, working: Working) -> None:
        """Begin to wait for a trigger; IB says PreSubmitted once more when it does."""
        ticket = working.ticket
        self.reports.changed(working.order)
        self._update(working, since=self._clock.now(), limit=ticket.limit)
        feed = self._feed(ticket)
        if ticket.kind in triggers.TRAILING and working.order.stop is None:
            price = self._market_price(ticket, feed)
            if price is not None:
                self._advance(working.order.key, price)
        self._meet_quote(working.order.key)

    def _market_price(self, ticket: Ticket, feed: Feed) -> Decimal | None:
        if not prints(ticket.listing):
            return triggers.quote_price(ticket, feed.touch)
        last = last_trade(self._model, ticket.listing.instrument.contract_id, self._clock.now())
        return exact(last.price) if last else None

    def _look(self, key: Key) -> None:
        """Compare an order that has come to the market with the quote that stands there."""
        working = self.book.find(key)
        if working is None or working.since is not None or not self._wanted(working):
            return
        self._update(working, since=self._clock.now(), limit=working.ticket.limit)
        self._feed(working.ticket)
        if working.ticket.tif == "FOK" and not self._fillable(working):
            self._set_status(self._found(key), "Inactive")
            return
        self._meet_quote(key)
        left = self.book.find(key)
        if left is None:
            return
        if left.ticket.tif in ("IOC", "FOK"):
            self._end_immediate(left)
        elif left.order.status == "PreSubmitted":
            self._set_status(left, "Submitted")

    def _fillable(self, working: Working) -> bool:
        match = self._match(self._found(working.order.key))
        return match is not None and match.quantity == working.order.remaining

    # The market moves.

    def _feed(self, ticket: Ticket) -> Feed:
        number = ticket.listing.instrument.contract_id
        if number not in self._feeds:
            before = self._touches.get(number, Touch())
            quote, trade = partial(self._quoted, number), partial(self._traded, number)
            self._feeds[number] = Feed(self._model, self._clock, ticket.listing, before, quote, trade)
        return self._feeds[number]

    def _quoted(self, number: int) -> None:
        for working in self.book.on(number):
            self._meet_quote(working.order.key)

    def _traded(self, number: int, tick: TradeTick) -> None:
        left = exact(tick.size)
        for working in self.book.on(number):
            left -= self._meet_trade(working.order.key, tick, left)

    def _meet_quote(self, key: Key) -> None:
        working = self.book.find(key)
        if working is None or not self._live(working):
            return
        if triggers.waits(working):
            price = triggers.quote_price(working.ticket, self._feeds[working.contract_id].touch)
            if price is None or prints(working.ticket.listing) or not self._advance(key, price):
                return
            working = self._found(key)
        match = self._match(working)
        if match is not None:
            self._fill(working, match)

    def _match(self, working: Working) -> Match | None:
        """What the quote gives; an order that it cannot serve comes to rest."""
        touch, want = self._feeds[working.contract_id].touch, self._want(working)
        side, opened = touch.other(want.action), self._opened(working)
        if side is not None and not want.accepts(side.price):
            self._update(working, rested=opened)
            return None
        if not self._live(working):
            return None
        return meet_quote(want, touch, taking=working.rested != opened)

    def _meet_trade(self, key: Key, tick: TradeTick, left: Decimal) -> Decimal:
        """Let an order meet a print; return how much of it went to the order."""
        working = self.book.find(key)
        if working is None or not self._live(working) or not tick.last:
            return ZERO
        if triggers.waits(working):
            if self._advance(key, exact(tick.price)):
                self._meet_quote(key)
            return ZERO
        match = meet_trade(self._want(working), tick, left)
        if match is None:
            return ZERO
        self._fill(working, match, tick.venue)
        return match.quantity

    def _advance(self, key: Key, price: Decimal) -> bool:
        """Move a trailing stop; return whether `price` set the order off."""
        working = self._found(key)
        ticket, stop = working.ticket, working.order.stop
        if ticket.kind in triggers.TRAILING:
            stop = triggers.trailed(ticket, stop, price)
            working = self._update(working, order=_replaced(working.order, stop=stop))
        assert stop is not None
        if not triggers.reached(ticket, stop, price):
            return False
        self._update(working, triggered=True, limit=triggers.limit_at(ticket, stop))
        self._set_status(self._found(key), "Submitted")
        return True

    def _want(self, working: Working) -> Want:
        step = _UNIT if working.ticket.listing.fractional else _WHOLE
        return Want(working.ticket.action, self._allowed(working), working.limit, step)

    def _allowed(self, working: Working) -> Decimal:
        ticket = working.ticket
        parent = self.book.order((ticket.client_id, ticket.parent_id)) if ticket.parent_id else None
        return groups.allowed(working, parent, self.book.siblings(ticket) if parent else ())

    def _live(self, working: Working) -> bool:
        """May it trade at this moment?"""
        if working.since is None or not self._wanted(working) or working.contract_id in self._halted:
            return False
        if working.ticket.kind in triggers.CLOSING:
            return False
        return works(working.ticket, self._session(working.contract_id), self._clock.now())

    def _wanted(self, working: Working) -> bool:
        return not working.blocked and not working.held

    def _session(self, number: int) -> Session | None:
        now, session = self._clock.now(), self._sessions.get(number)
        if session is None or not session.open <= now < session.close:
            session = self._sessions[number] = session_at(self._model, number, now)
        return session

    def _opened(self, working: Working) -> int | None:
        session = self._session(working.contract_id)
        return session.bounds(hours_of(working.ticket))[0] if session else None

    # The close.

    def _auction(self, key: Key, session: Session) -> None:
        """Trade an order for the close at the last price of the regular session, or end it."""
        working = self.book.find(key)
        if working is None or working.since is None or not self._wanted(working):
            return
        price = self._closing_price(working.ticket, session)
        want = self._want(self._update(working, limit=working.ticket.limit))
        halted = working.contract_id in self._halted
        if price is not None and want.quantity > ZERO and want.accepts(price) and not halted:
            self._fill(self._found(key), Match(want.quantity, price, took=False))
        left = self.book.find(key)
        if left is not None:
            self._end(left, "Cancelled")

    def _closing_price(self, ticket: Ticket, session: Session) -> Decimal | None:
        number = ticket.listing.instrument.contract_id
        if prints(ticket.listing):
            last = closing_trade(self._model, number, session.regular_open, session.regular_close)
            return exact(last.price) if last else None
        side = self._feed(ticket).touch.other(ticket.action)
        return side.price if side else None

    # Fills and what follows from them.

    def _fill(self, working: Working, match: Match, venue: str = "") -> None:
        ticket, order, number = working.ticket, working.order, working.contract_id
        if match.took:
            feed = self._feeds[number]
            feed.touch = feed.touch.taken(ticket.action, match.quantity)
        filled = order.filled + match.quantity
        paid = order.average_price * order.filled + match.price * match.quantity
        done = filled == ticket.quantity
        status: Status = (
            "Filled" if done else order.status if order.status == "PendingCancel" else "Submitted"
        )
        after = _replaced(
            order,
            status=status,
            filled=filled,
            average_price=paid / filled,
            last_price=match.price,
            done=self._clock.now() if done else None,
        )
        self._update(working, order=after)
        self.reports.filled(after, match, venue or _venue(ticket))
        self._settle_group(ticket, match.quantity)
        for child in self.book.children(after):
            self._work(child.order.key)
        self._release(number)

    def _settle_group(self, ticket: Ticket, filled: Decimal) -> None:
        for member in groups.group(ticket, self.book):
            if groups.cancels(member, filled):
                self._leave(member)
            else:
                self.reports.changed(self._update(groups.reduced(member, filled)).order)

    # Endings.

    def _leave(self, working: Working) -> None:
        """Take an order from the market at once, because of another; its client hears of it by and by."""
        key = working.order.key
        self._update(working, blocked=True)
        if not working.cancelling:
            self._update(self._found(key), cancelling=True)
            self._pending(key)
            self._agenda.after(TRAVEL, partial(self._cancelled, key))

    def _pending(self, key: Key) -> None:
        working = self.book.find(key)
        if working is not None and working.order.status != "PendingCancel":
            self._set_status(working, "PendingCancel")

    def _cancelled(self, key: Key) -> None:
        working = self.book.find(key)
        if working is None:
            return
        # Recorded: a client that cancels one of a group finds the others cancelled.
        for member in groups.group(working.ticket, self.book):
            self._leave(member)
        order = self._end(working, "Cancelled")
        self.reports.refused(order, 202, "Order Canceled - reason:")

    def _end_immediate(self, working: Working) -> None:
        """What an IOC or FOK order could not fill is cancelled."""
        self._set_status(working, "PendingCancel")
        self._end(self._found(working.order.key), "Cancelled")

    def _end(self, working: Working, status: Status) -> Order:
        """Close an order, and with it the children that nothing will set off any more."""
        self._set_status(working, status)
        order = self.book.order(working.order.key)
        assert order is not None
        for child in self.book.children(order):
            if order.filled == ZERO:
                self._leave(child)
            elif child.ticket.quantity > order.filled:
                self.reports.changed(self._update(groups.resized(child, order.filled)).order)
        return order

    def _set_expiry(self, key: Key) -> None:
        working = self._found(key)
        ends = expiry(self._model, working.ticket, self._clock.now())
        self._update(working, ends=ends)
        if ends is not None:
            self._agenda.at(ends, partial(self._expire, key, ends))

    def _expire(self, key: Key, ends: int) -> None:
        working = self.book.find(key)
        if working is not None and working.ends == ends:
            self._end(working, "Cancelled")

    # Changes of the book.

    def _replace(self, key: Key, ticket: Ticket) -> None:
        working = self.book.find(key)
        if working is None or working.cancelling or ticket.quantity <= working.order.filled:
            return  # filled or cancelled meanwhile: IB ignores the change without a word
        order = _replaced(working.order, ticket=ticket, stop=triggers.first_stop(ticket))
        self._update(working, order=order, since=None, rested=None, triggered=False, limit=None)
        self._set_expiry(key)
        self._tell(key)
        self._agenda.after(TRAVEL, partial(self._work, key))

    def _tell(self, key: Key) -> None:
        working = self.book.find(key)
        if working is not None:
            self.reports.changed(working.order)

    def _set_status(self, working: Working, status: Status) -> None:
        """Change and tell a status, unless it is that already."""
        if working.order.status == status:
            return
        done = None if status in ("PreSubmitted", "Submitted", "PendingCancel") else self._clock.now()
        order = _replaced(working.order, status=status, done=done)
        self._update(working, order=order)
        self.reports.changed(order)
        if done is not None:
            self._release(working.contract_id)

    def _release(self, number: int) -> None:
        """Stop following a contract that no order waits for."""
        if number in self._feeds and not any(w.since is not None for w in self.book.on(number)):
            feed = self._feeds.pop(number)
            self._touches[number] = feed.touch
            feed.close()

    def _found(self, key: Key) -> Working:
        working = self.book.find(key)
        assert working is not None
        return working

    def _update(self, working: Working, **changes: Any) -> Working:  # fields of `Working`, checked by it
        new = msgspec.structs.replace(working, **changes)
        self.book.put(new)
        return new


def _replaced(order: Order, **changes: Any) -> Order:  # fields of `Order`, checked by it
    return msgspec.structs.replace(order, **changes)


def _venue(ticket: Ticket) -> str:
    """Where a fill against the quote happens."""
    instrument = ticket.listing.instrument
    return instrument.primary_exchange or instrument.exchange
