"""Order books: rows become events, and whoever applies all events has the true book."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ib_api import IBCallbacks, IBConnector, IBContract, IBRequests
from ib_api._ibapi import DEFAULT_MAX_VERSION
from ib_api.depth_line import DepthLine
from ib_api.dispatch import ColdDecoder, Dispatch, user_override
from ib_api.hot import HotDecoder
from ib_api.lines import Listener
from market.errors import BadRequest, NoPermission, RequestFailed, RequestRejected
from market.events import Depth, Event, Problem
from tests.ib_api.gateway import Gateway, Peer, error, eventually, message

VERSION = DEFAULT_MAX_VERSION
AAPL = IBContract.by_id(265598)
RESET = "Market depth data has been RESET. Please empty deep book contents before applying any new entries."
HALTED = "Market depth data has been HALTED. Please re-subscribe."

Say = Callable[[str], list[bytes]]


class Heard(Listener):
    def __init__(self) -> None:
        self.errors = list[Exception]()
        self.remarks = list[int]()

    def refused(self, error: Exception) -> None:
        self.errors.append(error)

    def advised(self, code: int, text: str) -> None:
        self.remarks.append(code)


def depth_of(
    say: Say, enough: int, *, listener: Listener | None = None, smart: bool = False
) -> tuple[list[Depth], list[Event]]:
    """What a stream gives whose gateway says this to its request id."""
    events = list[Event]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(*say(peer.request_of(10)[2]))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks(events.extend)) as connector:
        connector.connect(port=gateway.port, timeout=5)
        IBRequests(connector).req_market_depth(AAPL, 5, smart, listener)
        eventually(lambda: len(events) >= enough + 1)
    return [event for event in events if isinstance(event, Depth)], events


def row(at: str, position: int, operation: int, side: int, price: float, size: float) -> bytes:
    return message(12, 1, at, position, operation, side, price, size)


def test_a_book_begins_with_a_clear_and_goes_on_with_its_changes() -> None:
    depth, _ = depth_of(
        lambda at: [row(at, 0, 0, 1, 99.5, 300), row(at, 0, 1, 1, 99.5, 200), row(at, 0, 2, 0, 0, 0)], 4
    )
    assert [(each.operation, each.side, each.position) for each in depth] == [
        ("clear", "bid", 0),
        ("insert", "bid", 0),
        ("update", "bid", 0),
        ("delete", "ask", 0),
    ]
    assert (depth[1].price, depth[1].size, depth[2].size) == (99.5, 300, 200)
    assert {(each.contract_id, each.exchange) for each in depth} == {(265598, AAPL.exchange)}


def test_smart_depth_names_the_exchange_of_each_level() -> None:
    depth, _ = depth_of(lambda at: [message(13, 1, at, 0, "ARCA", 0, 0, 99.5, 300, 1)], 2, smart=True)
    assert [(each.market_maker, each.smart, each.side) for each in depth[1:]] == [("ARCA", True, "ask")]


def test_a_reset_clears_the_book_and_the_stream_goes_on() -> None:
    heard = Heard()
    depth, events = depth_of(
        lambda at: [
            row(at, 0, 0, 1, 99.5, 300),
            error(VERSION, int(at), 317, RESET),
            row(at, 0, 0, 1, 99.25, 100),
        ],
        5,
        listener=heard,
    )
    assert [each.operation for each in depth] == ["clear", "insert", "clear", "insert"]
    assert heard.remarks == [317]
    assert [(each.code, each.severity) for each in events if isinstance(each, Problem)] == [(317, "warning")]


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [(316, HALTED, RequestRejected), (10092, "Deep market data is not supported", NoPermission)],
)
def test_a_halt_or_a_refusal_ends_the_stream(code: int, text: str, kind: type[RequestFailed]) -> None:
    heard = Heard()
    depth, _ = depth_of(
        lambda at: [error(VERSION, int(at), code, text), row(at, 0, 0, 1, 99.5, 300)], 1, listener=heard
    )
    eventually(lambda: heard.errors)
    (refused,) = heard.errors
    assert isinstance(refused, kind)
    assert (refused.code, str(refused).split(":")[0]) == (code, "market depth of contract 265598 on SMART")
    assert [each.operation for each in depth] == (["clear"] if code == 316 else [])


def test_cancelling_says_at_ib_which_kind_of_book_it_was() -> None:
    cancelled = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        cancelled.append(peer.request_of(11))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        stream = IBRequests(connector).req_market_depth(AAPL)
        stream.cancel()
        stream.cancel()
        eventually(lambda: cancelled)
        assert connector.callbacks.registry.streams == {}
    assert cancelled[0][2:] == [str(stream.request_id), "1"]


def test_an_operation_that_ib_does_not_have_is_reported_and_left_out() -> None:
    depth, events = depth_of(lambda at: [row(at, 0, 7, 1, 99.5, 300)], 1)
    assert depth == []
    assert [each.code for each in events if isinstance(each, Problem)] == [508]


def test_a_book_without_rows_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(BadRequest, match="ask for 1 or more"):
        IBRequests(IBConnector(IBCallbacks())).req_market_depth(AAPL, 0)


def decoder_of(router: IBCallbacks) -> HotDecoder:
    cold = ColdDecoder(Dispatch(router, router), router, VERSION, False)
    return HotDecoder(router, lambda name: user_override(router, name), cold.decode, VERSION, False)


@given(
    position=st.integers(0, 59),
    operation=st.integers(0, 2),
    side=st.integers(0, 1),
    price=st.floats(-1e6, 1e6),
    size=st.integers(0, 10**9),
    maker=st.text("ABCXYZ ", max_size=6),
    smart=st.integers(0, 1),
)
def test_any_level_is_read_in_the_fast_way_as_in_the_official_one(
    position: int, operation: int, side: int, price: float, size: int, maker: str, smart: int
) -> None:
    row = message(13, 1, 1, position, maker, operation, side, price, size, smart)
    found = list[list[Event]]()
    for fast in (True, False):
        events = list[Event]()
        router = IBCallbacks(events.extend)
        router.registry.streams[1] = DepthLine("book", 5, "SMART")
        if fast:
            decoder_of(router).feed(row)
        else:
            ColdDecoder(Dispatch(router, router), router, VERSION, False).decode(row[4:])
            router.flush()
        found.append([replace(event, time=0) for event in events if isinstance(event, Depth)])
    assert found[0] == found[1]
    assert len(found[0]) == 2


@pytest.mark.parametrize("kind", [12, 13])
def test_a_callback_that_fails_at_a_level_costs_no_event(kind: int) -> None:
    class Fails(IBCallbacks):
        def updateMktDepth(self, *arguments: object) -> None:
            raise ValueError("user bug")

        def updateMktDepthL2(self, *arguments: object) -> None:
            raise ValueError("user bug")

    events = list[Event]()
    router = Fails(events.extend)
    router.registry.streams[1] = DepthLine("book", 5, "SMART")
    maker, mark = (("ARCA",), (1,)) if kind == 13 else ((), ())
    decoder_of(router).feed(message(kind, 1, 1, 0, *maker, 0, 1, 99.5, 300, *mark) * 2)
    assert router.failures == 2
    assert [each.operation for each in events if isinstance(each, Depth)] == ["clear", "insert", "insert"]
