"""Order books, profit and the account window through the client, on a clock that the tests drive."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract, IBOrders, IBRequests
from ib_api._ibapi import Order
from ib_api.lines import Listener
from market.clock import DrivenClock
from market.events import AccountValue, Depth, Event, Execution, PositionUpdate, ProfitUpdate
from market.times import SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated

START = parse("2026-04-08T15:00:30")
LONG = 25.0
"""A first question waits until the gateway has made the contract's day: seconds on a busy machine."""
AAPL, ES = 265598, 649180695
MARKET = generated(seed=1, feed="consistent", always_open=False)


class Book:
    """The book of whoever applies the events in their order."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.sides: dict[str, list[tuple[float, float, str]]] = {"bid": [], "ask": []}
        for event in events:
            if isinstance(event, Depth):
                self._apply(event)

    def _apply(self, change: Depth) -> None:
        rows, row = self.sides[change.side], (change.price, change.size, change.market_maker)
        if change.operation == "clear":
            self.sides = {"bid": [], "ask": []}
        elif change.operation == "insert":
            rows.insert(change.position, row)
        elif change.operation == "update":
            rows[change.position] = row
        else:
            del rows[change.position]

    @property
    def sound(self) -> bool:
        """Sorted, and the best bid below the best ask."""
        bids, asks = ([price for price, _, _ in self.sides[side]] for side in ("bid", "ask"))
        return bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]


class Refusals(Listener):
    def __init__(self) -> None:
        self.codes = list[int]()

    def refused(self, error: Exception) -> None:
        self.codes.append(getattr(error, "code", 0))


class Client:
    """A connection to the gateway and what came over it."""

    def __init__(self, thread: GatewayThread, number: int) -> None:
        self.events = list[Event]()
        self.connector = IBConnector(IBCallbacks(self.events.extend))
        self.connector.connect(port=thread.port, client_id=number)
        self.requests = IBRequests(self.connector)
        self.account = self.connector.callbacks.accounts[0]

    def settle(self) -> Sequence[Event]:
        """What has come of all that was said to the gateway, and by it, until now."""
        for _ in range(2):
            self.requests.req_current_time().result(LONG)
        return self.events


class Stage:
    def __init__(self, thread: GatewayThread, clock: DrivenClock) -> None:
        self.thread = thread
        self._clock = clock

    def advance(self, seconds: float) -> None:
        self.thread.call(lambda: self._clock.advance(round(seconds * SECOND)))

    def reset_depth(self, contract_id: int) -> None:
        self.thread.call(lambda: self.thread.gateway.services.flows.reset_depth(contract_id))

    def halt(self, contract_id: int, halted: bool) -> None:
        services = self.thread.gateway.services

        def act() -> None:
            (services.trouble.halted.add if halted else services.trouble.halted.discard)(contract_id)
            services.flows.refresh()

        self.thread.call(act)

    @contextmanager
    def client(self, number: int = 1) -> Iterator[Client]:
        client = Client(self.thread, number)
        try:
            yield client
        finally:
            client.connector.disconnect()


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = DrivenClock(START)
    with run_in_thread(MARKET, clock, GatewayOptions(message_rate=0)) as thread:
        yield Stage(thread, clock)


@pytest.mark.parametrize(("contract_id", "exchange", "smart"), [(AAPL, "SMART", True), (ES, "CME", False)])
def test_a_book_that_was_followed_is_the_book_that_is_asked_for_anew(
    stage: Stage, contract_id: int, exchange: str, smart: bool
) -> None:
    contract = IBContract.by_id(contract_id, exchange)
    with stage.client(1) as first, stage.client(2) as second:
        first.requests.req_market_depth(contract, 5, smart)
        first.settle()
        stage.advance(20)
        second.requests.req_market_depth(contract, 5, smart)
        followed, asked = Book(first.settle()), Book(second.settle())
    assert followed.sound
    assert followed.sides == asked.sides
    assert {len(rows) for rows in followed.sides.values()} == {5}
    assert {maker != "" for rows in followed.sides.values() for _, _, maker in rows} == {smart}


def test_a_book_is_true_after_a_reset_and_empty_after_a_halt(stage: Stage) -> None:
    heard = Refusals()
    with stage.client() as client:
        client.requests.req_market_depth(IBContract.by_id(ES, "CME"), 5, False, heard)
        before = Book(client.settle())
        stage.reset_depth(ES)
        assert Book(client.settle()).sides == before.sides
        stage.halt(ES, True)
        assert Book(client.settle()).sides == {"bid": [], "ask": []}
    assert heard.codes == [316]


def test_a_book_that_is_asked_for_again_does_not_stand_on_the_old_one(stage: Stage) -> None:
    with stage.client() as client:
        for _ in range(2):
            stream = client.requests.req_market_depth(IBContract.by_id(ES, "CME"), 5, False)
            client.settle()
            stream.cancel()
        assert Book(client.settle()).sound
        assert len(Book(client.events).sides["bid"]) == 5


def test_a_market_data_line_knows_of_a_halt_while_it_lasts(stage: Stage) -> None:
    known = list[bool]()
    with stage.client() as client:
        line = client.requests.req_market_data(IBContract.by_id(ES, "CME")).line
        for halted in (False, True, False):
            stage.halt(ES, halted)
            client.settle()
            known.append(line.halted)
    assert known == [False, True, False]


def test_a_fill_moves_profit_and_account_window_and_is_served_again_with_its_commission(stage: Stage) -> None:
    order = Order()
    order.action, order.totalQuantity, order.orderType = "BUY", 10, "MKT"
    with stage.client() as client:
        requests, orders = client.requests, IBOrders(client.connector, read_only=False)
        answer, _ = requests.req_account_window(client.account)
        assert "NetLiquidation" in {each.key for each in answer.result(LONG)}
        requests.req_profit(client.account)
        requests.req_profit(client.account, AAPL)
        client.settle()
        orders.place_order(IBContract.by_id(AAPL), order)
        client.settle()
        stage.advance(30)
        events = client.settle()
        served = orders.req_executions().result(LONG)
    profits = [each for each in events if isinstance(each, ProfitUpdate)]
    assert {each.contract_id for each in profits if each.unrealized} == {0, AAPL}
    held = [each.quantity for each in events if isinstance(each, PositionUpdate) and each.contract_id == AAPL]
    assert held[-1] - held[0] == 10
    assert len([each for each in events if isinstance(each, AccountValue)]) > len(answer.result(0))
    assert served
    assert all(each.commission for each in served)
    filled = {each.execution_id for each in events if isinstance(each, Execution)}
    assert {each.execution_id for each in served} == filled
