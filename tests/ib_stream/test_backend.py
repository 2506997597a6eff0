"""What stands behind the streams: which TWS, which store, and who writes it."""

from pathlib import Path

import pytest

from config.settings import Loaded, load
from data_processing.timeseries_db import TimeseriesDB
from ib_stream.backend import standalone
from market.errors import ConnectionFailed, SetupError
from market.source import Source
from simulator.gateway.server import GatewayThread
from tests.ib_api.gateway import Gateway, Peer, free_port

SIM = Source.simulated(seed=1, feed="consistent", always_open=True)


def told(folder: Path, *ports: int, **environment: str) -> Loaded:
    named = {"IB_STREAM_PORTS": ",".join(map(str, ports))} if ports else {}
    return load({"data_dir": folder}, named | environment, folder / ".env")


async def test_ports_are_tried_in_turn(tmp_path: Path, tws: GatewayThread) -> None:
    async with standalone(told(tmp_path, free_port(), tws.port)) as backend:
        assert backend.broker.source == SIM
        assert backend.history is not None


async def test_where_nobody_answers_the_last_port_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="nothing answers"):
        async with standalone(told(tmp_path, free_port())):
            raise AssertionError("there is nothing")


async def test_a_store_that_another_program_writes_is_read(tmp_path: Path, tws: GatewayThread) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True):
        async with standalone(told(tmp_path, tws.port)) as backend:
            assert backend.history is None
            assert backend.flush is None
            assert backend.db.source == SIM.name


async def test_the_simulated_gateway_is_inside_when_it_is_asked_for(tmp_path: Path) -> None:
    async with standalone(told(tmp_path, IB_SIM="1", IB_SEED="4")) as backend:
        assert backend.broker.source.name == "sim-4-consistent-24h"


async def test_a_live_account_is_left_alone_where_no_port_was_named(tmp_path: Path) -> None:
    def live(peer: Peer) -> None:
        peer.ready(176, "U7654321")
        peer.wait_closed()

    with Gateway(live) as gateway:
        listed = told(tmp_path, gateway.port)
        unlisted = Loaded(settings=listed.settings, origins=listed.origins | {"stream_ports": "default"})
        with pytest.raises(SetupError, match="list the port in IB_STREAM_PORTS"):
            async with standalone(unlisted):
                raise AssertionError("it was used")
