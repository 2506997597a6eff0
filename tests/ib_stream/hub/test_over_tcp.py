"""The hub behind uvicorn: both of its HTTP implementations, both event loops, both ways out."""

import asyncio
import json
import socket
from importlib.util import find_spec
from typing import Any

import pytest

from ib_stream.hub import Hub
from ib_stream.hub.outlets import Message, Receive, Scope, Send, Way
from market.clock import DrivenClock, RealClock
from market.times import SECOND
from tests.ib_stream.hub.peer import events
from tests.ib_stream.hub.tcp import App, Line, run, served, until

HTTP = ["h11", *(["httptools"] if find_spec("httptools") else [])]
every = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
implementation = pytest.mark.parametrize("http", HTTP)
ways = pytest.mark.parametrize("way", ["direct", "asgi"])
BIG = b'{"type":"tick","serial":%d,"_":"' + 4000 * b"x" + b'"}'


def hub_of(way: Way = "direct", **options: Any) -> Hub:
    return Hub(RealClock(), epoch="a1", way=way, **options)


def tick(serial: int) -> bytes:
    return b'{"type":"tick","serial":%d}' % serial


def serials(stream: bytes) -> list[int]:
    return [event.data["serial"] for event in events(stream)[0] if event.data["type"] == "tick"]


@every
@implementation
@ways
def test_a_stream_ends_well_and_its_connection_serves_again(loop: str, http: str, way: Way) -> None:
    async def test() -> None:
        hub = hub_of(way)
        topic = hub.topic("t", "replay")
        async with served(App(hub, topic, limit=3), http) as address:
            line = await Line.open(address)
            assert b"200 OK" in await line.ask()
            await line.until(b": ok\n\n")
            for serial in range(5):
                hub.publish(topic, tick(serial), 1)
            assert serials(await line.rest()) == [0, 1, 2]
            assert events(line.stream)[1] == "a1-3-end"
            assert b"204 No Content" in await line.ask("a1-3-end")
            assert b"200 OK" in await line.ask("a1-3")
            line.stream = b""
            assert serials(await line.until(b'"serial":4')) == [3, 4]
            await line.close()

    run(loop, test())


@implementation
def test_both_ways_send_the_same_bytes(http: str) -> None:
    streams: list[bytes] = []

    async def test(way: Way) -> None:
        hub = hub_of(way, flush=0)
        topic = hub.topic("t", "replay")
        async with served(App(hub, topic, hello=[b'{"type":"info"}']), http) as address:
            line = await Line.open(address)
            await line.ask()
            await line.until(b'"info"}\n\n')
            for serial in range(20):
                hub.publish(topic, tick(serial), 1)
            streams.append((await line.until(b'"serial":19}\n\n')).partition(b": ok")[2])
            await line.close()

    run("asyncio", test("direct"))
    run("asyncio", test("asgi"))
    assert streams[0] == streams[1]


@every
@implementation
def test_a_client_that_does_not_read_has_a_gap_and_costs_little(loop: str, http: str) -> None:
    async def test() -> None:
        hub = hub_of(buffer=2)
        topic = hub.topic("t", "replay")
        async with served(App(hub, topic), http) as address:
            dead, alive = await Line.open(address, small=True), await Line.open(address)
            for line in (dead, alive):
                await line.ask()
                await line.until(b": ok\n\n")
            count = 0
            # 40 MB: far more than all buffers between would take if nothing bounded them.
            while count < 10_000:
                for count in range(count, count + 100):  # noqa: B020  # goes on where it was
                    hub.publish(topic, BIG % count, count * SECOND)
                count += 1
                await alive.until(b'"serial":%d,' % (count - 1))
                assert serials(alive.stream) == list(range(count - 100, count))
                alive.stream = b""
            assert hub.stats().late == 1
            await check_the_gap(hub, dead, count)
            for line in (dead, alive):
                await line.close()

    run(loop, test())


async def check_the_gap(hub: Hub, dead: Line, count: int) -> None:
    """The client reads again: less than a megabyte waited for it, and it is told exactly what is missing."""
    await dead.until(b'"serial":%d,' % (count - 1))
    told = [event.data for event in events(dead.stream)[0]]
    came, gaps = serials(dead.stream), [data for data in told if data["type"] == "gap"]
    assert sum(gap["missed"] for gap in gaps) == count - len(came) == hub.stats().missed
    before = next(place for place, data in enumerate(told) if data["type"] == "gap")
    assert len(json.dumps(told[:before])) < 1_000_000
    for gap in gaps:
        after, until = (int(gap[end].partition("-")[2]) for end in ("after", "until"))
        assert gap["missed"] == until - after
        assert not set(range(after, until)) & set(came)


@every
@ways
def test_who_comes_back_to_a_long_ring_gets_it_though_nothing_new_comes(loop: str, way: Way) -> None:
    async def test() -> None:
        # The wheel, which looks after the late ones too, stands still.
        hub = Hub(DrivenClock(1), epoch="a1", way=way, buffer=800)
        topic = hub.topic("t", "replay")
        for serial in range(800):
            hub.publish(topic, BIG % serial, 1)
        async with served(App(hub, topic), "h11") as address:
            line = await Line.open(address)
            await line.ask("a1-0")
            assert serials(await line.until(b'"serial":799,')) == list(range(800))
            await line.close()

    run(loop, test())


@every
@implementation
@ways
def test_clients_that_vanish_leave_nothing_and_nobody_notices(loop: str, http: str, way: Way) -> None:
    async def test() -> None:
        hub = hub_of(way, flush=0)
        topic = hub.topic("t", "replay")
        app = App(hub, topic)
        async with served(app, http) as address:
            lines = [await Line.open(address) for _ in range(30)]
            for line in lines:
                await line.ask()
                await line.until(b": ok\n\n")
            for serial in range(100):
                hub.publish(topic, tick(serial), 1)
                if serial < 29:
                    lines[serial].reset() if serial % 2 else lines[serial].writer.close()
                await asyncio.sleep(0)
            assert serials(await lines[29].until(b'"serial":99}')) == list(range(100))
            await until(lambda: len(app.ended) == 29)
            assert {ended.reason for ended in app.ended} == {"disconnected"}
            assert hub.stats().clients == topic.clients == 1
            await lines[29].close()

    run(loop, test())


@every
@implementation
@ways
def test_who_is_gone_before_its_stream_begins_is_let_go(loop: str, http: str, way: Way) -> None:
    async def test() -> None:
        hub, asked = hub_of(way), asyncio.Event()
        app = App(hub, hub.topic("t", "replay"))

        async def late(scope: Scope, receive: Receive, send: Send) -> None:
            asked.set()
            while (await receive())["type"] != "http.disconnect":
                pass
            await app(scope, receive, send)

        async with served(late, http) as address:
            line = await Line.open(address)
            line.writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asked.wait()
            line.reset()
            await until(lambda: len(app.ended) == 1)
        assert app.ended[0].reason == "disconnected"
        assert hub.stats().clients == 0

    run(loop, test())


@every
@implementation
def test_the_kernel_keeps_little_and_looks_for_the_other_side(loop: str, http: str) -> None:
    options: list[int] = []

    async def test() -> None:
        hub = hub_of()
        app = App(hub, hub.topic("t", "replay"))

        async def look(scope: Scope, receive: Receive, send: Any) -> None:
            shared = send.__self__.transport.get_extra_info("socket")
            try:
                await app(scope, receive, send)
            finally:
                with socket.fromfd(shared.fileno(), shared.family, shared.type) as own:
                    options.append(own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
                    options.append(own.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))

        async with served(look, http) as address:
            line = await Line.open(address)
            await line.ask()
            await line.until(b": ok\n\n")
            await hub.drain("maintenance")
            await line.rest()
            await line.close()

    run(loop, test())
    # Linux doubles what it is asked for, to have room for its own records.
    assert options == [1, pytest.approx(256 * 1024, rel=0.5)]


@every
@implementation
def test_the_server_is_gone_soon_after_the_farewell(loop: str, http: str) -> None:
    async def test() -> None:
        hub = hub_of(buffer=2)
        topic = hub.topic("t", "replay")
        async with served(App(hub, topic), http) as address:
            dead, alive = await Line.open(address, small=True), await Line.open(address)
            for line in (dead, alive):
                await line.ask()
                await line.until(b": ok\n\n")
            while not hub.stats().late:
                hub.publish(topic, BIG % 1, 1)
                await alive.until(b'"serial":1')
                alive.stream = b""
            await hub.drain("maintenance")
            assert hub.stats().clients == 0
            assert b"server_shutdown" in await alive.rest()
        # Uvicorn waits for connections that are open: the one that does not read was cut.
        dead.reset()
        await alive.close()

    run(loop, test())


@implementation
def test_what_wraps_send_takes_the_portable_way(http: str) -> None:
    async def test() -> None:
        hub = hub_of("auto", flush=0)
        topic = hub.topic("t", "replay")
        app, seen = App(hub, topic), []

        async def wrapping(scope: Scope, receive: Receive, send: Send) -> None:
            async def note(message: Message) -> None:
                seen.append(message["type"])
                await send(message)

            await app(scope, receive, note)

        async with served(wrapping, http) as address:
            line = await Line.open(address)
            await line.ask()
            await line.until(b": ok\n\n")
            hub.publish(topic, tick(1), 1)
            await line.until(b'"serial":1}')
            assert seen == ["http.response.start", "http.response.body", "http.response.body"]
            await line.close()

    run("asyncio", test())


def test_an_old_http_gets_the_stream_without_chunks() -> None:
    async def test() -> None:
        hub = hub_of("auto", flush=0)
        topic = hub.topic("t", "replay")
        async with served(App(hub, topic, limit=1), "h11") as address:
            line = await Line.open(address)
            assert b"chunked" not in (await line.ask(version="1.0")).lower()
            await line.reader.readuntil(b": ok\n\n")
            hub.publish(topic, tick(1), 1)
            assert (await line.reader.read(-1)).startswith(b"id: a1-1\ndata: ")
            await line.close()

    run("asyncio", test())


def test_direct_is_refused_where_it_cannot_be(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        hub = hub_of("direct")
        async with served(App(hub, hub.topic("t", "replay")), "h11") as address:
            line = await Line.open(address)
            assert b"500 Internal" in await line.ask(version="1.0")
            await line.close()

    run("asyncio", test())
    assert "set IB_STREAM_TRANSPORT to auto" in caplog.text
