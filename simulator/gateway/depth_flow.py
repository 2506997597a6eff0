"""A running book: the changes that turn what the client has into what is.

The rows that are gone are deleted from the bottom up, then the new ones are inserted from the top down and
changed sizes updated: at no moment has the client more rows than it asked for. A client that applies each
change when it comes always has the true book after the last change of an instant.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.gateway.depth_markets import MOST_ROWS, Form
from simulator.gateway.flows import Flow
from simulator.model import lookup
from simulator.model.api import Listing, QuoteTick
from simulator.model.calendar import session_at
from simulator.model.depth import Book, Row, Side
from simulator.wire import depth_messages
from simulator.wire.depth_messages import ASK, BID, DELETE, INSERT, UPDATE

if TYPE_CHECKING:
    from simulator.gateway.session import Session

KIND = "depth"
_SIDES: tuple[tuple[Side, int], ...] = (("bid", BID), ("ask", ASK))
_LOTS = {"STK": 100.0, "CASH": 250_000.0, "FUT": 1.0, "CRYPTO": 0.125}


class Change(NamedTuple):
    """One operation on a side of a book; a deletion names the row that goes."""

    position: int
    operation: int
    row: Row


def changes(before: Sequence[Row], after: Sequence[Row]) -> Iterator[Change]:
    """What leads from one side of a book to another, in the order in which it is to be applied.

    Rows that stay keep their order, as both sides are sorted.
    """
    kept = {(row.price, row.maker): row for row in before}
    wanted = {(row.price, row.maker) for row in after}
    for position in range(len(before) - 1, -1, -1):
        row = before[position]
        if (row.price, row.maker) not in wanted:
            yield Change(position, DELETE, Row(row.price, 0.0, row.maker))
    for position, row in enumerate(after):
        old = kept.get((row.price, row.maker))
        if old is None:
            yield Change(position, INSERT, row)
        elif old != row:
            yield Change(position, UPDATE, row)


class DepthFlow(Flow):
    """Sends the book as it stands, then its changes with every change of the quote.

    A halt ends it with 316: the client has to ask again. After a reset, 317, everything is inserted anew.
    """

    def __init__(self, session: "Session", request_id: int, listing: Listing, form: Form, depth: int) -> None:
        super().__init__(session, request_id, listing.instrument.contract_id)
        it = listing.instrument
        self._form = form
        self._depth = min(max(depth, 1), MOST_ROWS)
        self._book = Book(self.contract_id, it.min_tick, lot=_LOTS[it.sec_type], makers=form.makers)
        self._sent: dict[Side, Sequence[Row]] = {"bid": (), "ask": ()}
        quotes = lookup.quotes(session.services.model, self.contract_id)
        self._quote = self._standing()
        self._send()
        self.stream(quotes, self._update, start=session.now)

    def refresh(self) -> None:
        if self.halted:
            text = "Market depth data has been HALTED. Please re-subscribe."
            self.session.error(self.request_id, 316, text)
            self.session.stop(KIND, self.request_id)

    def resume(self) -> None:
        self._quote = self._standing()

    def reset(self) -> None:
        text = (
            "Market depth data has been RESET. "
            "Please empty deep book contents before applying any new entries."
        )
        self.session.error(self.request_id, 317, text)
        self._sent = {"bid": (), "ask": ()}
        self._send()

    def _standing(self) -> QuoteTick | None:
        """The last quote of a session that runs now."""
        services, now = self.session.services, self.session.now
        running = session_at(services.model, self.contract_id, now)
        if running is None:
            return None
        found = lookup.find_last(lookup.quotes(services.model, self.contract_id), running.open, now)
        return found if isinstance(found, QuoteTick) else None

    def _update(self, quote: QuoteTick) -> None:
        self._quote = quote
        self._send()

    def _send(self) -> None:
        if self._quote is None:
            return
        for side, number in _SIDES:
            rows = self._book.rows(side, self._quote, self._depth)
            for change in changes(self._sent[side], rows):
                self.session.send(self._encode(number, change))
            self._sent[side] = rows

    def _encode(self, side: int, change: Change) -> bytes:
        version, (position, operation, row) = self.session.version, change
        if not self._form.makers:
            return depth_messages.depth_row(
                version, self.request_id, position, operation, side, row.price, row.size
            )
        return depth_messages.maker_row(
            version,
            self.request_id,
            position,
            row.maker,
            operation,
            side,
            row.price,
            row.size,
            smart=self._form.smart,
        )
