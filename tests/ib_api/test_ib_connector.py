import socket
import threading

import pytest

from ib_api import IBCallbacks, IBConnector, IBRequests
from ib_api._ibapi import DEFAULT_MAX_VERSION, LIBRARY_MAX_VERSION
from ib_api.errors import (
    ClientIdInUse,
    HandshakeBroken,
    NotConnected,
    PortRefused,
    ServerTooOld,
    WrongProduct,
)
from market.errors import BadRequest, ConnectionFailed, RequestTimedOut
from market.events import ConnectionChanged, Event
from tests.ib_api.gateway import Gateway, Peer, error, eventually, free_port, message

VERSION = DEFAULT_MAX_VERSION


def serve(peer: Peer) -> None:
    peer.ready(VERSION)
    peer.wait_closed()


def test_ready_means_an_order_id_and_the_accounts() -> None:
    events = list[Event]()
    with Gateway(serve) as gateway, IBConnector(IBCallbacks(events.extend)) as connector:
        connector.connect("127.0.0.1", gateway.port, clientId=7, timeout=5)
        assert connector.isConnected()
        assert (connector.callbacks.accounts, connector.callbacks.next_order_id) == (("DU1234567",), 42)
    assert [event.state for event in events if isinstance(event, ConnectionChanged)] == [
        "ready",
        "disconnected",
    ]


def test_the_handshake_offers_what_the_library_can_read_as_text() -> None:
    hellos = list[bytes]()

    def script(peer: Peer) -> None:
        serve(peer)
        hellos.append(peer.hello)

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
    assert hellos == [f"v100..{min(200, LIBRARY_MAX_VERSION)}".encode()]


def test_the_start_names_our_client_id() -> None:
    starts = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.greet(VERSION)
        starts.append(peer.request())
        peer.send(message(15, 1, "DU1"), message(9, 1, 1))
        peer.wait_closed()

    with Gateway(script) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, client_id=31, timeout=5)
    assert starts == [["71", "2", "31", ""]]


def test_a_version_the_library_cannot_read_is_not_offered() -> None:
    with pytest.raises(BadRequest, match="what the installed ibapi can read"):
        IBConnector(IBCallbacks(), max_server_version=LIBRARY_MAX_VERSION + 1)


def test_a_web_server_behind_the_port_is_told() -> None:
    reply = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with Gateway(lambda peer: peer.send(reply)) as gateway, pytest.raises(WrongProduct, match="a web server"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_another_product_behind_the_port_is_told() -> None:
    reply = message("hello")
    with Gateway(lambda peer: peer.send(reply)) as gateway, pytest.raises(WrongProduct, match="neither TWS"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_a_client_id_in_use_is_told_at_once() -> None:
    def script(peer: Peer) -> None:
        peer.greet(VERSION)
        peer.request()
        peer.send(error(VERSION, -1, 326, "Unable to connect as the client id is already in use."))

    with Gateway(script) as gateway, pytest.raises(ClientIdInUse, match="choose another"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_a_server_that_hangs_up_in_the_handshake_is_told() -> None:
    def script(peer: Peer) -> None:
        peer.read(4)

    with Gateway(script) as gateway, pytest.raises(HandshakeBroken, match="Trusted IPs"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_a_server_that_hangs_up_before_it_is_ready_is_told() -> None:
    def script(peer: Peer) -> None:
        peer.greet(VERSION)
        peer.request()

    with Gateway(script) as gateway, pytest.raises(HandshakeBroken):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_a_server_that_is_too_old_is_told() -> None:
    with Gateway(lambda peer: peer.greet(120)) as gateway, pytest.raises(ServerTooOld, match="update TWS"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_a_server_newer_than_we_offered_is_not_trusted() -> None:
    with Gateway(lambda peer: peer.greet(999)) as gateway, pytest.raises(WrongProduct, match="insists"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=5)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(PortRefused):
        IBConnector(IBCallbacks()).connect("127.0.0.1", 70_000, timeout=1)


def test_every_failure_to_connect_is_a_connection_failed() -> None:
    with pytest.raises(ConnectionFailed):
        IBConnector(IBCallbacks()).connect(port=free_port(), timeout=1)


def test_a_request_without_a_connection_raises() -> None:
    with pytest.raises(NotConnected, match="connect"):
        IBConnector(IBCallbacks()).reqCurrentTime()


def test_a_second_connect_is_refused() -> None:
    with Gateway(serve) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        with pytest.raises(BadRequest, match="disconnect"):
            connector.connect(port=gateway.port, timeout=5)


def test_the_reader_thread_is_running_after_connect_and_start_changes_nothing() -> None:
    with Gateway(serve) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        connector.start()
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("ib-reader") == 1


def test_run_returns_when_the_connection_ends_and_connection_closed_is_called_once() -> None:
    class Counts(IBCallbacks):
        closed = 0

        def connectionClosed(self) -> None:
            self.closed += 1

    callbacks = Counts()
    connector = IBConnector(callbacks)
    with Gateway(lambda peer: peer.ready(VERSION)) as gateway:
        connector.connect(port=gateway.port, timeout=5)
        connector.run()
        eventually(lambda: callbacks.closed == 1)
        connector.disconnect()
    assert (callbacks.closed, connector.isConnected()) == (1, False)


def test_request_ids_go_on_counting_in_the_next_connection() -> None:
    connector = IBConnector(IBCallbacks())
    ids = list[int]()
    with Gateway(serve, serve) as gateway:
        for _ in range(2):
            connector.connect(port=gateway.port, timeout=5)
            ids.append(connector.callbacks.registry.next_id())
            connector.disconnect()
    assert ids[1] == ids[0] + 1


def test_a_callback_may_connect_anew_when_the_connection_is_closed() -> None:
    again = threading.Event()

    class Returns(IBCallbacks):
        def connectionClosed(self) -> None:
            if not again.is_set():
                connector.connect(port=gateway.port, timeout=5)
                again.set()

    events = list[Event]()
    connector = IBConnector(Returns(events.extend))
    with Gateway(lambda peer: peer.ready(VERSION), serve) as gateway:
        connector.connect(port=gateway.port, timeout=5)
        assert again.wait(5)
        assert connector.isConnected()
        connector.disconnect()
    states = [event.state for event in events if isinstance(event, ConnectionChanged)]
    assert states == ["ready", "disconnected", "ready", "disconnected"]


def test_who_waits_for_an_answer_hears_of_the_end_of_the_connection() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.request_of(49)

    connector = IBConnector(IBCallbacks())
    with Gateway(script) as gateway:
        connector.connect(port=gateway.port, timeout=5)
        with pytest.raises(NotConnected, match="TWS closed the connection"):
            IBRequests(connector).req_current_time().result(5)


def test_an_answer_that_does_not_come_names_the_request() -> None:
    with Gateway(serve) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        with pytest.raises(RequestTimedOut, match=r"current time got no answer within 0\.05 s"):
            IBRequests(connector).req_current_time().result(0.05)


KEEPALIVE_IDLE = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"


def test_the_socket_is_quick_and_kept_alive() -> None:
    with Gateway(serve) as gateway, IBConnector(IBCallbacks()) as connector:
        connector.connect(port=gateway.port, timeout=5)
        assert connector._session is not None
        line = connector._session._line
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        asked, apart, times = (
            line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in (KEEPALIVE_IDLE, "TCP_KEEPINTVL", "TCP_KEEPCNT")
        )
        assert asked + apart * times <= 30


def test_a_plain_ewrapper_may_be_paired_with_the_connector() -> None:
    from ib_api._ibapi import EWrapper

    class Plain(EWrapper):
        accounts = ""

        def managedAccounts(self, accountsList: str) -> None:
            self.accounts = accountsList

    plain = Plain()
    with Gateway(serve) as gateway, IBConnector(plain) as connector:
        connector.connect(port=gateway.port, timeout=5)
        eventually(lambda: plain.accounts == "DU1234567")


def test_an_override_of_error_that_forgets_super_breaks_nothing() -> None:
    class Deaf(IBCallbacks):
        def error(self, *args: object) -> None:
            pass

        def nextValidId(self, orderId: int) -> None:
            super().nextValidId(orderId)

    events = list[Event]()
    with Gateway(serve) as gateway, IBConnector(Deaf(events.extend)) as connector:
        connector.connect(port=gateway.port, timeout=5)
    assert len(events) == 2
