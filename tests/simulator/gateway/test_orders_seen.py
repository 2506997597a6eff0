"""Whatever clients do and markets bring, what a client is told is what the exchange has."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.exchange.api import OPEN, ZERO
from tests.simulator.gateway.order_scenario import Scene, decoded
from tests.simulator.gateway.raw_client import Fields

prices = st.integers(14_980, 15_020).map(lambda cents: f"{cents / 100:.2f}")
ids = st.integers(1, 5)
orders = st.builds(
    lambda number, side, quantity, kind, tif, group: (
        f"place {number} {side} {quantity} {kind} tif={tif}{group}"
    ),
    ids,
    st.sampled_from(["BUY", "SELL"]),
    st.sampled_from([1, 50, 100, 400]),
    st.one_of(
        st.just("MKT"),
        prices.map("LMT {}".format),
        prices.map("STP stop={}".format),
        prices.map("MIT stop={}".format),
        st.just("TRAIL stop=0.05"),
    ),
    st.sampled_from(["DAY", "GTC", "IOC", "FOK"]),
    st.sampled_from(
        ["", " oca_group=g oca_type=1", " oca_group=g oca_type=3", " transmit=0", " parent_id=1"]
    ),
)
quotes = st.builds(
    lambda bid, width, size: f"quote {bid} {float(bid) + width / 100:.2f} {size} {size}",
    prices,
    st.integers(1, 5),
    st.sampled_from([60, 300]),
)
steps = st.lists(
    st.one_of(
        orders, quotes, prices.map("trade {} 70".format), ids.map("cancel {}".format), st.just("cancel_all")
    ),
    min_size=3,
    max_size=20,
)


def script(plan: list[str]) -> str:
    """A step a second."""
    return "; ".join(f"{second + 1} {step}" for second, step in enumerate(plan))


def told(messages: list[Fields], kind: str) -> list[Fields]:
    return [fields for fields in messages if fields[0] == kind]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_a_client_is_told_what_the_exchange_has(plan: list[str]) -> None:
    scene = Scene()
    seen = scene.record(script(plan))
    exchange = scene.client.services.exchange
    fills = {fill.exec_id: fill for fill, _ in exchange.fills}
    assert {decoded(f)["execution_id"] for f in told(seen, "11")} == set(fills)
    assert [decoded(f)["execution_id"] for f in told(seen, "59")] == list(fills)
    last = {f[1]: decoded(f) for f in told(seen, "3")}
    for number in range(1, 6):
        order, state = exchange.order(1, number), last.get(str(number))
        if order is None or state is None:
            assert order is None or (order.open and order.filled == ZERO)
            continue
        assert (state["status"], state["filled"]) == (order.status, order.filled)
        assert state["remaining"] == order.remaining
        assert (
            sum((f.quantity for f in fills.values() if f.order.key == order.key), Decimal(0)) == order.filled
        )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_an_order_that_ended_stays_ended(plan: list[str]) -> None:
    scene = Scene()
    ended: dict[int, str] = {}
    scene.play(script(plan))
    for order in scene.client.services.exchange.completed_orders:
        ended[order.ticket.order_id] = order.status
    assert not set(ended.values()) & set(OPEN)
    shown = [decoded(f)["order_id"] for f in scene.client.ask(5, 1) if f[0] == "5"]
    assert not set(shown) & set(ended)
    assert len(shown) == len(set(shown))
