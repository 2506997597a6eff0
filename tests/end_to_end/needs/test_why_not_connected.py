"""Need 22: say why the connection failed."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ib_api.errors import ClientIdInUse, HandshakeBroken, PortRefused, SilentGateway, WrongProduct
from ib_api.ib_broker import IBBroker
from market.errors import BadRequest, ConnectionFailed
from simulator import faults
from tests.end_to_end.needs.stage import gateway_only, on_stage


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[int]:
    """A port whose program says `reply` and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(reply)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def refused(port: int, kind: type[ConnectionFailed], client_id: int = 7) -> str:
    """What the user is told; it must be one line that says what to do."""
    with pytest.raises(kind) as failed:
        await IBBroker.open("127.0.0.1", port, client_id, timeout=0.5)
    said = str(failed.value)
    assert "\n" not in said
    return said


async def test_a_closed_port_names_the_settings_to_look_at() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = await refused(port, PortRefused)
    assert "7497" in said
    assert "Enable ActiveX" in said


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"])
async def test_a_port_of_another_program_says_so(reply: bytes) -> None:
    async with answering(reply) as port:
        assert "check the port" in await refused(port, WrongProduct)


async def test_a_gateway_that_hangs_up_names_the_trusted_addresses() -> None:
    async with answering(b"") as port:
        assert "Trusted IPs" in await refused(port, HandshakeBroken)


async def test_a_gateway_with_an_open_dialog_is_found_within_the_time_limit() -> None:
    async with gateway_only() as stage, faults.silent(stage.gateway):
        assert "dialog in TWS" in await refused(stage.gateway.port, SilentGateway)


async def test_a_client_id_in_use_is_named() -> None:
    async with on_stage() as stage:
        assert "client id" in (await refused(stage.gateway.port, ClientIdInUse)).lower()


async def test_an_account_that_the_login_does_not_have_is_named_with_those_it_has() -> None:
    async with gateway_only() as stage:
        with pytest.raises(BadRequest, match=r"DU999.*it has DUSIMC1"):
            await IBBroker.open("127.0.0.1", stage.gateway.port, 7, account="DU999")
