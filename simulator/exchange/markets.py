"""What orders see of their contracts' markets: the quote as orders left it, sessions, prices to go by."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from market.clock import Clock
from simulator.exchange import triggers
from simulator.exchange.agenda import Agenda
from simulator.exchange.api import Action, Ticket
from simulator.exchange.book import Working
from simulator.exchange.feed import Feed, closing_trade, last_trade, prints
from simulator.exchange.hours import hours_of
from simulator.exchange.matching import Touch, exact
from simulator.model.api import MarketModel, Session, TradeTick
from simulator.model.calendar import next_session, session_at


class Markets:
    """Follows contracts while `needed` says that an order is at their market, and while that is open.

    `quoted(contract_id)` is called after each quote, `traded(contract_id, tick)` after each print.
    """

    def __init__(
        self,
        model: MarketModel,
        clock: Clock,
        agenda: Agenda,
        needed: Callable[[int], bool],
        quoted: Callable[[int], None],
        traded: Callable[[int, TradeTick], None],
    ) -> None:
        self._model = model
        self._clock = clock
        self._agenda = agenda
        self._needed = needed
        self._quoted = quoted
        self._traded = traded
        self._feeds: dict[int, Feed] = {}
        self._touches: dict[int, Touch] = {}
        self._sessions: dict[int, Session | None] = {}

    # Coming and going.

    def follow(self, number: int, ticket: Ticket) -> None:
        """Begin to follow the contract of an order."""
        session = self.session(number)
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
            self.follow(number, ticket)

    def release(self, number: int) -> None:
        """Stop following a contract that has no order at the market."""
        if number in self._feeds and not self._needed(number):
            self._shut(number)

    def _shut(self, number: int) -> None:
        feed = self._feeds.pop(number)
        self._touches[number] = feed.touch
        feed.close()

    # What is to be seen.

    def followed(self, number: int) -> bool:
        """Whether its market is open and looked at."""
        return number in self._feeds

    def touch(self, number: int) -> Touch:
        """The quote as orders left it; of a market that has shut, the last one."""
        feed = self._feeds.get(number)
        return feed.touch if feed else self._touches.get(number, Touch())

    def take(self, number: int, action: Action, quantity: Decimal) -> None:
        """Take from the quote what an order got of it."""
        feed = self._feeds[number]
        feed.touch = feed.touch.taken(action, quantity)

    def session(self, number: int) -> Session | None:
        """The session that runs now."""
        now, session = self._clock.now(), self._sessions.get(number)
        if session is None or not session.open <= now < session.close:
            session = self._sessions[number] = session_at(self._model, number, now)
        return session

    def opened(self, working: Working) -> int | None:
        """When the hours that an order trades in began."""
        session = self.session(working.contract_id)
        return session.bounds(hours_of(working.ticket))[0] if session else None

    def price(self, working: Working) -> Decimal | None:
        """The price that a trail begins at: the last one, or the quote where nothing is printed."""
        if not prints(working.ticket.listing):
            return triggers.quote_price(working.ticket, self.touch(working.contract_id))
        last = last_trade(self._model, working.contract_id, self._clock.now())
        return exact(last.price) if last else None

    def closing_price(self, working: Working, session: Session) -> Decimal | None:
        """The last price of the regular session."""
        if prints(working.ticket.listing):
            bounds = session.regular_open, session.regular_close
            last = closing_trade(self._model, working.contract_id, *bounds)
            return exact(last.price) if last else None
        return triggers.quote_price(working.ticket, self.touch(working.contract_id))
