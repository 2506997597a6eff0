"""An exchange on a scripted market, an account without costs, and a record of what was told."""

from decimal import Decimal
from typing import Any

from market.clock import DrivenClock
from market.times import SECOND
from simulator.exchange import ZERO, Commission, Exchange, Fill, MarginPreview, Order, Ticket
from tests.simulator.scripted_model import AAPL, NOON, ScriptedModel

_NOTHING = (ZERO, ZERO, ZERO)


class FlatAccount:
    """Implements `Account`: nothing costs anything; `needed` is the margin of every order."""

    def __init__(self, needed: Decimal = ZERO, equity: Decimal = ZERO) -> None:
        self.booked: list[Fill] = []
        self._equity = equity
        self.demand(needed)

    def demand(self, needed: Decimal) -> None:
        """Ask this margin of every order from now on."""
        self._preview = MarginPreview(
            initial=(ZERO, needed, needed),
            maintenance=_NOTHING,
            equity=(self._equity, ZERO, self._equity),
            commission=ZERO,
            commission_currency="USD",
        )

    def book(self, fill: Fill) -> Commission:
        self.booked.append(fill)
        return Commission(exec_id=fill.exec_id, amount=ZERO, currency="USD", realised=None)

    def preview(self, ticket: Ticket, price: Decimal) -> MarginPreview:
        return self._preview


class Teller:
    """Implements `Listener`: notes what it is told, in short."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def order_changed(self, order: Order) -> None:
        self.told.append(f"{order.ticket.order_id} {order.status}")

    def filled(self, fill: Fill, commission: Commission) -> None:
        order = fill.order
        self.told.append(f"{order.ticket.order_id} {order.status} {fill.quantity:f}@{fill.price:f}")

    def order_refused(self, order: Order, code: int, text: str) -> None:
        self.told.append(f"{order.ticket.order_id} error {code}")


class Bench:
    """Everything a scenario needs; the clock stands at noon in New York until `until`."""

    def __init__(self, model: ScriptedModel | None = None, account: FlatAccount | None = None) -> None:
        self.model = model or ScriptedModel().quote(-60, 100.00, 100.02)
        self.clock = DrivenClock(NOON)
        self.account = account or FlatAccount()
        self.halted: set[int] = set()
        self.exchange = Exchange(self.model, self.clock, self.account, self.halted)
        self.teller = Teller()
        self.exchange.listen(self.teller)

    @property
    def told(self) -> list[str]:
        return self.teller.told

    def until(self, second: float) -> list[str]:
        """Let the clock run; return what was told so far."""
        self.clock.advance_to(NOON + round(second * SECOND))
        return self.told

    def place(self, order_id: int = 1, **changes: Any) -> Order:  # fields of `Ticket`, by name
        return self.exchange.place(ticket(order_id, **changes))


def ticket(order_id: int = 1, **changes: Any) -> Ticket:  # fields of `Ticket`, by name
    """A day order of client 1 to buy 100 AAPL at the market; numbers may be texts."""
    fields: dict[str, Any] = {
        "client_id": 1,
        "order_id": order_id,
        "account": "DUSIM1",
        "listing": AAPL,
        "action": "BUY",
        "quantity": "100",
        "kind": "MKT",
    } | changes
    amounts = ("quantity", "limit", "stop", "trail_percent", "trail_stop", "limit_offset")
    exact: dict[str, Any] = {
        k: Decimal(v) if k in amounts and v is not None else v for k, v in fields.items()
    }
    return Ticket(**exact)
