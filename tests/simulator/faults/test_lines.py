import asyncio

import pytest

from market.clock import DrivenClock
from market.errors import BadRequest
from simulator import faults
from simulator.faults.lines import Cut
from simulator.gateway.server import run_in_thread
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.faults.stage import Stage, demonstrates, errors, hears_nothing, listening, peer, served
from tests.simulator.gateway.raw_client import AAPL, RawClient, hello, request
from tests.simulator.gateway.test_server import Peer, connect


@demonstrates("cut")
async def test_a_cut_hangs_up_on_one_client_or_on_all() -> None:
    async with listening() as gateway, peer(gateway, 1) as one, peer(gateway, 2) as two:
        async with faults.cut(gateway, client=1):
            assert await one.gone()
        assert await served(two)
        async with faults.cut(gateway):
            assert await two.gone()
        assert gateway.services.clients == {}


async def test_a_client_that_is_not_there_cannot_be_cut() -> None:
    stage = Stage()
    stage.client(3)
    with pytest.raises(BadRequest, match=r"no client 9 is connected; connected are: \[3\]"):
        async with faults.cut(stage.gateway, client=9):
            pass


@demonstrates("refused")
async def test_refused_connections_are_taken_again_afterwards_and_present_ones_stay() -> None:
    async with listening() as gateway, peer(gateway, 1) as present:
        async with faults.refused(gateway):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", gateway.port)
            assert await served(present)
        async with peer(gateway, 2) as coming:
            assert await served(coming)


@demonstrates("silent")
async def test_a_silent_gateway_accepts_and_does_not_answer_the_handshake() -> None:
    async with listening() as gateway, peer(gateway, 1) as present:
        async with faults.silent(gateway):
            waiting = Peer(*await asyncio.open_connection("127.0.0.1", gateway.port))
            waiting.writer.write(hello())
            assert await served(present)
            assert await hears_nothing(waiting)
        async with peer(gateway, 2) as answered:
            assert await served(answered)
        await waiting.close()


@demonstrates("half_open")
async def test_a_half_open_line_is_mute_without_an_end_and_holds_its_client_id() -> None:
    async with listening() as gateway, peer(gateway, 1) as dead:
        assert await served(dead)
        async with faults.half_open(gateway):
            dead.writer.write(request(49, 1))
            second = Peer(*await asyncio.open_connection("127.0.0.1", gateway.port))
            second.writer.write(hello() + request(71, 2, 1, ""))
            assert await second.until(b"4", b"-1", b"326")
            assert await hears_nothing(dead)
            await second.close()
        assert await dead.gone()


@demonstrates("port_changed")
async def test_1300_names_the_port_on_which_the_gateway_listens_from_then_on() -> None:
    async with listening() as gateway, peer(gateway) as client:
        old = gateway.port
        async with faults.port_changed(gateway):
            text = (await client.until(b"4", b"-1", b"1300"))[3].decode()
            assert await client.gone()
        assert int(text.rpartition(" ")[2]) == gateway.port != old
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", old)
        async with peer(gateway) as again:
            assert await served(again)


@demonstrates("restart")
async def test_a_restart_cuts_refuses_and_comes_back_with_slow_farms() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    async with listening(clock) as gateway:
        client = await connect(gateway.port, 1)
        async with faults.restart(gateway, down=5, farms=10, server_version=176):
            assert await client.gone()
            await client.close()
            clock.advance(4_900_000_000)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", gateway.port)
            clock.advance(100_000_000)
            back = Peer(*await asyncio.open_connection("127.0.0.1", gateway.port))
            back.writer.write(hello() + request(71, 2, 1, ""))
            assert (await back.message())[0] == b"176"
            await back.until(b"4", b"2", b"-1", b"2119")
            clock.advance(10_000_000_000)
            await back.until(b"4", b"2", b"-1", b"2104")
            await back.close()


async def test_what_is_asked_before_the_farms_are_back_gets_no_answer() -> None:
    stage = Stage()
    async with faults.restart(stage.gateway, down=5, farms=10):
        stage.clock.advance(6_000_000_000)
        client = stage.client()
        assert errors(client.greeting) == [(-1, 2119), (-1, 2119)]
        assert client.ask(1, 11, 7, *AAPL, 0, "", 0, 0, "") == []
        assert client.ask(20, 8, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 0, "") == []
        assert errors(client.wait(9)) == [(-1, n) for n in (2104, 2104, 2106, 2106, 2158)]
        assert client.ask(1, 11, 7, *AAPL, 0, "", 0, 0, "")
    assert client.wait(1)


async def test_a_restart_that_is_called_off_is_over_at_once() -> None:
    stage = Stage()
    async with faults.restart(stage.gateway, down=5, farms=10):
        pass
    assert errors(stage.client().greeting) == [(-1, n) for n in (2104, 2104, 2106, 2106, 2158)]
    assert stage.client(2).wait(30) == []


def test_a_gateway_in_another_thread_has_the_same_faults() -> None:
    clock = Stage().clock
    with run_in_thread(FakeModel(), clock) as running:

        async def play() -> None:
            async with faults.refused(running):
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", running.port)
            await (await connect(running.port, 1)).close()

        asyncio.run(play())
        begun = running.gateway.services.incidents
        assert [(each.time, each.fault, each.phase) for each in begun] == [
            (FRIDAY_NOON, "refused", "begin"),
            (FRIDAY_NOON, "refused", "end"),
        ]


def test_a_gateway_without_a_socket_is_cut_all_the_same() -> None:
    stage = Stage()
    client: RawClient = stage.client()
    with faults.applied(stage.gateway, Cut()):
        assert client.closed
