"""What the gateway sent to whom, and what became of orders, noted as it happens.

A journal never speaks on the wire: a gateway with one sends the same bytes as one without.
"""

import struct
from collections.abc import Iterator, Sequence
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import msgspec

from market.bar_size import BarSize
from market.events import Hours
from simulator.exchange.api import Commission, Fill, Order
from simulator.truth import rules
from simulator.truth.tables import Row
from simulator.wire.requests import NO_ID, Request

if TYPE_CHECKING:
    from simulator.gateway.services import Services
    from simulator.gateway.session import Session

_FIVE_SECONDS = "5s"
_LENGTH = struct.Struct(">I")

# Which kind of subscription a message belongs to, and the place of the request id behind the message's own.
_BELONGS = {
    **dict.fromkeys((b"1", b"2", b"45", b"46", b"57", b"58"), ("line", 2)),
    **dict.fromkeys((b"21", b"81"), ("line", 1)),
    **dict.fromkeys((b"12", b"13"), ("depth", 2)),
    b"99": ("ticks", 1),
    b"50": ("bars", 2),
    b"90": ("history", 1),
}
_OPTION_VERSIONED = 156
"""Until then option computations had a version before the request id."""


class Subscription(msgspec.Struct, kw_only=True):
    """A time in which a request ran; `end` is None while it does. `what`, `size` and `hours` may be empty."""

    client_id: int
    request_id: int
    kind: str
    contract_id: int
    symbol: str
    exchange: str
    what: str
    size: str
    hours: str
    begin: int
    end: int | None = None
    messages: int = 0


class Journal:
    """Attach it to a gateway's services before the first client comes; `start` is that moment."""

    def __init__(self, services: "Services") -> None:
        self.services = services
        self.start = services.clock.now()
        self._ended: list[Subscription] = []
        self._running: dict[tuple[Session, str, int], Subscription] = {}
        self._asked: list[tuple[object, ...]] = []
        self._refused: dict[int, tuple[int, str]] = {}
        # Beyond a megabyte on disk: a busy trader's week does not fit into memory.
        self._orders = SpooledTemporaryFile(2**20)  # noqa: SIM115 (`close` closes it)
        services.journal = self
        exchange = getattr(services, "exchange", None)
        if exchange is not None:
            exchange.listen(self)

    # -- what the sessions tell

    def asked(self, session: "Session", message: int, request: Request | None = None) -> None:
        """A client has sent a message; `request` is None where it could not be read."""
        query, request_id = getattr(request, "query", None), getattr(request, "request_id", NO_ID)
        contract, what, size, terms = (0, ""), "", "", ""
        if request is not None and query is not None:
            contract = query.contract_id, query.exchange
            what = getattr(request, "tick_type", "") or getattr(request, "what", "")
            # As it was asked, sense or nonsense.
            size = getattr(request, "bar_size", "")
            terms = str(msgspec.structs.replace(request, request_id=NO_ID))
        number = -1 if session.client_id is None else session.client_id
        self._asked.append((session.now, number, message, request_id, *contract, what, size, terms))

    def refused(self, code: int, text: str) -> None:
        """The message that came last is refused."""
        self._refused[len(self._asked) - 1] = code, text

    def request_rows(self) -> Iterator[Row]:
        """The rows of the table ``requests``."""
        for number, row in enumerate(self._asked):
            yield *row, *self._refused.get(number, (0, ""))

    def started(self, session: "Session", kind: str, request: Request) -> None:
        """A subscription begins; kinds without a contract (account summaries ...) are left out."""
        query = getattr(request, "query", None)
        if query is None:
            return
        it = self.services.universe.resolve(query).instrument
        what, size, hours = _terms(request)
        self._running[session, kind, request.request_id] = Subscription(
            client_id=-1 if session.client_id is None else session.client_id,
            request_id=request.request_id,
            kind=kind,
            contract_id=it.contract_id,
            symbol=it.symbol,
            exchange=it.exchange,
            what=what,
            size=size,
            hours=hours,
            begin=session.now,
        )

    def withdrawn(self, session: "Session", kind: str, request_id: int) -> None:
        """A subscription that was to begin is refused."""
        self._running.pop((session, kind, request_id), None)

    def stopped(self, session: "Session", kind: str, request_id: int) -> None:
        """A subscription has ended."""
        entry = self._running.pop((session, kind, request_id), None)
        if entry is not None:
            entry.end = session.now
            self._ended.append(entry)

    def sent(self, session: "Session", frames: Sequence[bytes]) -> None:
        """Frames went out, each one message or more."""
        for data in frames:
            for message in _messages(data):
                fields = message.split(b"\0", 3)
                kind, place = _BELONGS.get(fields[0], ("", 0))
                if not kind:
                    continue
                if fields[0] == b"21" and session.version < _OPTION_VERSIONED:
                    place = 2
                entry = self._running.get((session, kind, int(fields[place])))
                if entry is not None:
                    entry.messages += 1

    def subscriptions(self, end: int) -> list[Subscription]:
        """All, ordered by begin, client and request; those that run ended at `end`."""
        running = (msgspec.structs.replace(each, end=end) for each in self._running.values())
        return sorted(
            [*self._ended, *running], key=lambda each: (each.begin, each.client_id, each.request_id)
        )

    # -- what the exchange tells (`simulator.exchange.api.Listener`)

    def order_changed(self, order: Order) -> None:
        self._note("changed", order)

    def filled(self, fill: Fill, commission: Commission) -> None:
        self._note("filled", fill.order, fill, commission)

    def order_refused(self, order: Order, code: int, text: str) -> None:
        self._note("refused", order, code=code, text=text)

    def _note(
        self,
        event: str,
        order: Order,
        fill: Fill | None = None,
        commission: Commission | None = None,
        code: int = 0,
        text: str = "",
    ) -> None:
        row = (
            *(self.services.clock.now(), event, *order.key, order.perm_id),
            *(order.ticket.listing.instrument.contract_id, order.status, str(order.filled)),
            *(str(order.remaining), str(order.average_price)),
            *((fill.exec_id, str(fill.price), str(fill.quantity)) if fill else ("", "", "")),
            *(str(commission.amount) if commission else "", code, text),
        )
        self._orders.write(msgspec.json.encode(row) + b"\n")

    def order_rows(self, now: int) -> Iterator[Row]:
        """The rows of the table ``orders``."""
        self._orders.seek(0)
        for line in self._orders:
            row = msgspec.json.decode(line)
            rule = rules.of_order_event(row[1], row[0], now)
            yield (*row, rule.servable, rule.text)
        self._orders.seek(0, SEEK_END)

    def close(self) -> None:
        """Listen no more and forget."""
        self.services.journal = None
        self._orders.close()


def _terms(request: Request) -> tuple[str, str, Hours | str]:
    """Data type, bar size and hours of a request, as far as it has them."""
    if tick_type := getattr(request, "tick_type", ""):
        return tick_type, "", ""
    what = getattr(request, "what", "")
    if not what:
        return "", "", ""
    size = BarSize.parse(getattr(request, "bar_size", "") or _FIVE_SECONDS).name
    return what, size, "rth" if getattr(request, "regular_hours", False) else "all"


def _messages(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        (length,) = _LENGTH.unpack_from(data, place)
        yield data[place + 4 : place + 4 + length]
        place += 4 + length
