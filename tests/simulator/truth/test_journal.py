from decimal import Decimal

import msgspec

from market.times import parse
from simulator.exchange.api import Commission, Fill, Order, Ticket
from simulator.truth import Journal
from tests.simulator.fake_model import LISTINGS
from tests.simulator.gateway.raw_client import AAPL, RawClient

TICKET = Ticket(
    client_id=1,
    order_id=5,
    account="DUSIMC7",
    listing=LISTINGS[0],
    action="BUY",
    quantity=Decimal(100),
    kind="LMT",
    limit=Decimal("150.01"),
)
ORDER = Order(ticket=TICKET, perm_id=77, status="Submitted", placed=parse("2026-01-09T17:00"))


def test_an_order_is_told_from_its_states_to_its_fill() -> None:
    client = RawClient()
    journal = Journal(client.services)
    journal.order_changed(ORDER)
    client.wait(1)
    filled = msgspec.structs.replace(
        ORDER, status="Filled", filled=Decimal(100), average_price=Decimal("150.005")
    )
    fill = Fill(
        exec_id="a.01",
        time=client.clock.now(),
        order=filled,
        quantity=Decimal(100),
        price=Decimal("150.005"),
        venue="NASDAQ",
    )
    journal.filled(fill, Commission(exec_id="a.01", amount=Decimal("1.00"), currency="USD", realised=None))
    journal.order_refused(filled, 202, "Order Canceled - reason:")
    changed, bought, refused = journal.order_rows(client.clock.now())
    assert changed[1:9] == ("changed", 1, 5, 77, 265598, "Submitted", "0", "100")
    assert bought[6:14] == ("Filled", "100", "0", "150.005", "a.01", "150.005", "100", "1.00")
    assert bought[-2:] == (True, "executions since midnight")
    assert refused[14:] == (202, "Order Canceled - reason:", False, "an order's states are told once")
    journal.close()


def test_a_journal_that_is_closed_hears_nothing() -> None:
    client = RawClient()
    journal = Journal(client.services)
    journal.close()
    assert client.services.journal is None
    client.ask(1, 11, 2, *AAPL, 0, "", 0, 0, "")
    assert journal.subscriptions(client.clock.now()) == []
