import threading
import time

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract, IBOrders
from ib_api._ibapi import DEFAULT_MAX_VERSION, Order, OrderState
from ib_api.order_book import OrderBook
from market.errors import BadRequest, PacingRefused, RequestRejected
from market.events import Event, Execution, OrderUpdate
from tests.ib_api.gateway import Gateway, Peer, error, eventually, message

VERSION = DEFAULT_MAX_VERSION
AAPL = IBContract.by_id(265598)


def order() -> Order:
    made = Order()
    made.action, made.orderType, made.totalQuantity, made.lmtPrice = "BUY", "LMT", 1, 10.0
    return made


@pytest.fixture
def read_only() -> IBOrders:
    return IBOrders(IBConnector(IBCallbacks()))


def test_read_only_is_the_default_and_refuses_what_changes_a_position(read_only: IBOrders) -> None:
    with pytest.raises(BadRequest, match="read_only=False"):
        read_only.place_order(AAPL, order())
    with pytest.raises(BadRequest, match="read-only"):
        read_only.exercise_options(AAPL, 1, "DU1")


def test_a_cancel_is_sent_even_when_read_only() -> None:
    seen = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        seen.extend([peer.request_of(4), peer.request_of(58)])
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        orders = IBOrders(connector)
        orders.cancel_order(17)
        orders.req_global_cancel()
        eventually(lambda: len(seen) == 2)
    assert "17" in seen[0]


def test_placing_takes_the_next_order_id() -> None:
    seen = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        seen.extend([peer.request_of(3), peer.request_of(21)])
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        orders = IBOrders(connector, read_only=False)
        assert orders.place_order(AAPL, order()) == 42
        option = IBContract.option("AAPL", "20260116", 200, "C")
        assert orders.exercise_options(option, 1, "DU1234567") == 43
        eventually(lambda: len(seen) == 2)
    assert ("42" in seen[0], "43" in seen[1]) == (True, True)


class Yielding(IBCallbacks):
    """Lets other threads run between every reading of the next id and its change."""

    @property
    def next_order_id(self) -> int:
        time.sleep(0)
        return self._next

    @next_order_id.setter
    def next_order_id(self, value: int) -> None:
        time.sleep(0)
        self._next = value


def test_threads_that_take_order_ids_at_the_same_time_never_get_the_same() -> None:
    callbacks = Yielding()
    callbacks.nextValidId(42)
    orders, taken = IBOrders(IBConnector(callbacks)), list[int]()
    threads = [
        threading.Thread(target=lambda: taken.extend(orders.next_order_id() for _ in range(100)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(42, 442))


def test_another_question_for_open_orders_is_refused_until_the_first_is_answered() -> None:
    may_answer = threading.Event()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        for kind in (5, 16):
            peer.request_of(kind)
            assert may_answer.wait(5)
            peer.send(message(53, 1))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        orders = IBOrders(connector)
        own, again = orders.req_open_orders(), orders.req_open_orders()
        own.cancel()
        with pytest.raises(PacingRefused, match="open orders waits for its answer"):
            orders.req_all_open_orders()
        may_answer.set()
        assert again.result(5) == []
        assert orders.req_all_open_orders().result(5) == []


def test_orders_made_in_tws_are_for_client_0_only(read_only: IBOrders) -> None:
    with pytest.raises(BadRequest, match="client id 0"):
        read_only.req_auto_open_orders()


def test_exercising_what_is_no_option_is_refused() -> None:
    orders = IBOrders(IBConnector(IBCallbacks()), read_only=False)
    with pytest.raises(BadRequest, match="no option"):
        orders.exercise_options(IBContract.stock("AAPL"), 1, "DU1")


def test_open_orders_without_any_are_an_empty_list() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.request_of(16)
        peer.send(message(53, 1))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        assert IBOrders(connector).req_all_open_orders().result(5) == []


def test_the_read_only_setting_refuses_the_question_for_open_orders() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.request_of(5)
        text = "Error validating request.-'bN' : cause - The API interface is currently in Read-Only mode."
        peer.send(error(VERSION, -1, 321, text))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        with pytest.raises(RequestRejected, match=r"open orders: IB says 321: .* Read-Only mode"):
            IBOrders(connector).req_open_orders().result(5)


CONTRACT = (265598, "AAPL", "STK", "", 0.0, "", "", "SMART", "USD", "AAPL", "NMS")
FILL = ("0001.01", "20260109 14:30:00 UTC", "DU1", "ISLAND", "BOT", 1, 10.5, 900, 1, 0, 1, 10.5)
STATUS = message(3, 17, "Filled", 1, 0, 10.5, 900, 0, 10.5, 1, "", 0)
COMMISSION = message(59, 1, "0001.01", 1.25, "USD", "1.7976931348623157E308", "", "")


def execution(request_id: object = -1) -> bytes:
    """Message 11; the last liquidity is followed by two fields in newer layouts."""
    tail = (0, "") if VERSION >= 198 else (0,) if VERSION >= 178 else ()
    return message(11, request_id, 17, *CONTRACT, *FILL, "ref", "", "", "", 1, *tail)


def test_a_status_and_a_fill_become_events() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(STATUS, execution(), COMMISSION)
        peer.wait_closed()

    events = list[Event]()
    with Gateway(script) as gateway, IBConnector(IBCallbacks(events.extend)) as connector:
        connector.connect(port=gateway.port, timeout=5)
        eventually(lambda: sum(isinstance(event, Execution) for event in events) == 2)
    (update,) = [event for event in events if isinstance(event, OrderUpdate)]
    assert (update.order_id, update.status, str(update.filled)) == (17, "Filled", "1")
    last = [event for event in events if isinstance(event, Execution)][-1]
    assert (last.side, last.commission, last.commission_currency) == ("BUY", 1.25, "USD")


@pytest.mark.parametrize("commission_first", [True, False])
def test_the_fills_of_the_day_have_their_commissions(commission_first: bool) -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        at = peer.request_of(7)[2]
        both = [COMMISSION, execution(at)] if commission_first else [execution(at), COMMISSION]
        peer.send(*both, message(55, 1, at))
        peer.wait_closed()

    events = list[Event]()
    with Gateway(script) as gateway, IBConnector(IBCallbacks(events.extend)) as connector:
        connector.connect(port=gateway.port, timeout=5)
        (fill,) = IBOrders(connector).req_executions().result(5)
    assert (fill.execution_id, fill.commission, fill.commission_currency) == ("0001.01", 1.25, "USD")
    assert [event for event in events if isinstance(event, Execution)][-1] == fill


def test_orders_made_in_tws_are_told_apart_by_their_permanent_id() -> None:
    book, made = OrderBook(), order()
    for perm_id, contract_id in ((901, 265598), (902, 2)):
        made.permId = perm_id
        book.opened(0, IBContract.by_id(contract_id), made, OrderState())
    updates = [book.status(0, "Filled", 1, 0, 10.5, perm_id, 0) for perm_id in (901, 902)]
    assert [each.contract_id for each in updates] == [265598, 2]
