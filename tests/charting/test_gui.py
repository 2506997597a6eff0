import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from charting.gui import GUI, Teller
from data_processing.market_data_hub import MarketDataHub
from data_processing.tws.connection import TwsConnection
from ib_api.ib_broker import IBBroker
from market.clock import RealClock
from market.errors import BadRequest, ContractNotFound
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.data_processing.tws.gateway import connected
from tests.fakes import T0


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwsConnection]:
    folder: Path = tmp_path_factory.mktemp("gui")
    model = generated(seed=1, feed="consistent", always_open=True)
    with run_in_thread(model, RealClock()) as gateway, connected(folder, gateway.port) as made:
        yield made


async def running(_: IBBroker) -> int:
    """What the connection's loop has to do."""
    return len(asyncio.all_tasks())


def test_it_serves_the_page_of_its_contract_and_ends_as_it_began(connection: TwsConnection) -> None:
    before = connection.ib.run(running)
    with GUI("RHM", tz_offset_hours=2.0, port=0, connection=connection, period="1h").start() as gui:
        assert "/chart/78046366" in gui.url
        assert httpx.get(gui.url).status_code == 200
        assert len(gui.hub.candles()) > 30
        assert gui.chart.label == "SIMULATED"
    gui.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(gui.url)
    assert connection.ib.run(running) == before


def test_a_label_is_on_the_page_that_is_open(connection: TwsConnection) -> None:
    with GUI("AAPL", port=0, connection=connection, period="1h").start() as gui:
        stream = gui.url.partition("/chart")[0] + "/stream?topics=chart:265598"
        with httpx.stream("GET", stream, timeout=30) as answer:
            lines = answer.iter_lines()
            next(line for line in lines if '"cleared"' in line)
            gui.chart.add_trade_label(side="buy", price=247.35, text="BUY @ 247.35")
            assert '"price":247.35' in next(line for line in lines if "BUY @ 247.35" in line)


def test_run_comes_back_when_it_is_stopped(
    connection: TwsConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    gui = GUI("AAPL", port=0, connection=connection, period="1h")
    shown = list[str]()

    def show(url: str, _: object, __: Callable[[str], None]) -> None:
        shown.append(url)
        threading.Thread(target=gui.stop).start()

    monkeypatch.setattr("charting.gui.show_page", show)
    gui.run()
    assert shown == [gui.url]


def test_what_cannot_be_is_said_before_anything_is_started(connection: TwsConnection) -> None:
    for wrong in ({"price_pref": ("close",)}, {"zone": "Nowhere"}, {"tz_offset_hours": 99}):
        with pytest.raises(BadRequest):
            GUI("AAPL", connection=connection, **wrong)
    with pytest.raises(ContractNotFound):
        GUI("NOPE", connection=connection).start()
    with pytest.raises(BadRequest, match="above 0"):
        GUI("AAPL", intraminute_poll_secs=0, port=0, connection=connection, period="1h").start()


def test_each_bar_that_history_settles_is_told() -> None:
    hub, said = MarketDataHub(tz_offset_hours=1), list[str]()
    hub.attach(Teller(said.append))
    hub.upsert_bar(T0, 10, 11, 9, 10.5, 4098, provisional=True)
    hub.upsert_bar(T0, 10, 11, 9, 10.5, 4120)
    hub.upsert_bar(T0, 10, 11, 9, 10.5, 4121)
    assert said == ["bar 15:30 settled: close 10.5, volume 4,120 (provisional was 10.5 / 4,098)"]
