"""IB's own client trades at the gateway."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ibapi.const import UNSET_DOUBLE
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel

from market.clock import DrivenClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.gateway.official import Official, connected, stock
from tests.simulator.scripted_model import ScriptedModel

VERSIONS = (200, 187, 176, 163, 157)


class Bench:
    """The client, and time that passes when told."""

    def __init__(self, client: Official, pass_seconds: Callable[[int], None]) -> None:
        self.client = client
        self._pass = pass_seconds

    def pass_seconds(self, seconds: int) -> None:
        """Let everything asked for begin, then move the clock."""
        self.client.settle()
        self._pass(seconds)

    def states(self, count: int) -> list[str]:
        """The next states of orders."""
        return [self.client.next("orderStatus")[1] for _ in range(count)]


@pytest.fixture(params=VERSIONS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    clock, model = DrivenClock(FRIDAY_NOON), ScriptedModel()
    model.quote(0, 149.98, 150.02).trade(0, 150.0).trade(30, 148.0)
    options = GatewayOptions(server_version=request.param)
    with run_in_thread(model, clock, options) as gateway, connected(gateway.port) as client:
        for _ in range(5):
            client.next("error")
        yield Bench(client, lambda seconds: gateway.call(lambda: clock.advance(seconds * 1_000_000_000)))


def order(action: str, kind: str, limit: float = UNSET_DOUBLE) -> Any:
    made = Order()
    made.action, made.totalQuantity, made.orderType, made.lmtPrice = action, 100, kind, limit
    made.orderRef = "mine"
    return made


def test_it_buys_at_the_market(bench: Bench) -> None:
    client = bench.client
    client.placeOrder(1, stock("AAPL"), order("BUY", "MKT"))
    bench.pass_seconds(1)
    order_id, contract, placed, state = client.next("openOrder")
    assert (order_id, contract.conId, placed.orderType, state.status) == (1, 265598, "MKT", "PreSubmitted")
    assert (placed.orderRef, placed.clientId) == ("mine", 1)
    assert bench.states(3) == ["PreSubmitted", "Filled", "Filled"]
    _, contract, execution = client.next("execDetails")
    assert (execution.side, execution.shares, execution.price) == ("BOT", 100, 150.02)
    (report,) = client.next("commissionAndFeesReport")
    assert (report.execId, report.commissionAndFees) == (execution.execId, 1.0)
    assert report.realizedPNL == pytest.approx(0) or report.realizedPNL == UNSET_DOUBLE


def test_it_cancels(bench: Bench) -> None:
    client = bench.client
    client.placeOrder(1, stock("AAPL"), order("BUY", "LMT", 149.0))
    bench.pass_seconds(1)
    client.cancelOrder(1, OrderCancel())
    bench.pass_seconds(1)
    assert bench.states(4) == ["PreSubmitted", "Submitted", "PendingCancel", "Cancelled"]
    assert client.next("error")[2:4] == (202, "Order Canceled - reason:")


def test_it_reads_its_orders_and_executions(bench: Bench) -> None:
    client = bench.client
    client.placeOrder(1, stock("AAPL"), order("BUY", "LMT", 149.0))
    client.placeOrder(2, stock("AAPL"), order("BUY", "LMT", 120.0))
    bench.pass_seconds(40)
    client.reqExecutions(7, ExecutionFilter())
    assert client.next("execDetailsEnd") == (7,)
    client.reqAllOpenOrders()
    assert client.next("openOrderEnd") == ()
    client.reqCompletedOrders(False)
    _, done, state = client.next("completedOrder")
    assert (done.filledQuantity, done.lmtPrice, state.status) == (100, 149.0, "Filled")
    assert client.next("completedOrdersEnd") == ()


def test_it_previews(bench: Bench) -> None:
    asked = order("BUY", "LMT", 149.0)
    asked.whatIf = True
    bench.client.placeOrder(1, stock("AAPL"), asked)
    order_id, _, placed, state = bench.client.next("openOrder")
    assert (order_id, placed.whatIf, state.commissionAndFees) == (1, True, 1.0)
    assert float(state.initMarginAfter) > float(state.initMarginBefore) >= 0
    assert float(state.equityWithLoanAfter) > 0
