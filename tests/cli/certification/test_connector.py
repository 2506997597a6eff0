import pytest

from cli.certification.connector import TapedConnector
from cli.certification.tape import Tape
from ib_api._ibapi import Contract, Order
from ib_api.ib_orders import IBOrders
from market.clock import RealClock
from market.errors import BadRequest
from simulator.gateway.server import run_in_thread
from simulator.model import generated


def test_nothing_that_could_trade_leaves() -> None:
    tape = Tape()
    with (
        run_in_thread(generated(1, "consistent", True), RealClock()) as gateway,
        TapedConnector(tape) as connector,
    ):
        connector.connect("127.0.0.1", gateway.port, 1)
        orders = IBOrders(connector, read_only=False)
        with pytest.raises(BadRequest, match="placeOrder is not sent"):
            orders.place_order(Contract(), Order())
        with pytest.raises(BadRequest, match="reqGlobalCancel is not sent"):
            orders.req_global_cancel()
        with pytest.raises(BadRequest, match="cancelOrder is not sent"):
            orders.cancel_order(7)
        orders.req_open_orders().result(10)
    assert {line.fields[0] for line in tape.lines if line.sent} == {"71", "5"}
