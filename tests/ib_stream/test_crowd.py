"""Many clients on one stream while its line breaks and clients go: each gets all from its join on."""

import asyncio
from collections.abc import Iterator

import pytest

from simulator import faults
from simulator.faults.lines import Cut
from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import AAPL, LONG, Running, serving

REQUEST = f"GET /stream/{AAPL}/BidAsk HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
CLIENTS = 40


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, tws.port, clients_per_ip="1000", connects_per_minute="100000") as running:
        yield running


class Listener:
    """A client that reads, and keeps the numbers of ticks and the kinds of all else."""

    def __init__(self) -> None:
        self.numbers = list[int]()
        self.others = list[str]()
        self.writer: asyncio.StreamWriter
        self._grown = asyncio.Event()

    async def run(self, port: int) -> None:
        reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(REQUEST)
        number = 0
        while line := await reader.readline():
            if line.startswith(b"id: "):
                number = int(line.split(b"-")[1].split(b"~")[0])
            elif line.startswith(b'data: {"type":"tick"'):
                self.numbers.append(number)
                self._grown.set()
            elif line.startswith(b"data: "):
                self.others.append(line.decode())

    async def has(self, count: int) -> None:
        while len(self.numbers) < count:
            self._grown.clear()
            await self._grown.wait()


async def test_all_who_listen_get_the_same_from_their_join_on(web: Running, tws: GatewayThread) -> None:
    port = int(web.url.rpartition(":")[2])
    crowd = [Listener() for _ in range(CLIENTS)]
    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        # It asks and never reads: nobody else may notice.
        _, idle = await asyncio.open_connection("127.0.0.1", port)
        idle.write(REQUEST)
        for each in crowd:
            group.create_task(each.run(port))
            await asyncio.sleep(0.01)
        for cut in range(2):
            await crowd[0].has(10 * (cut + 1))
            with faults.applied(tws, Cut()):
                pass
            for gone in crowd[-10 * (cut + 1) : len(crowd) - 10 * cut]:
                gone.writer.close()
            await crowd[0].has(len(crowd[0].numbers) + 10)
        for writer in (idle, *(each.writer for each in crowd)):
            writer.close()
    whole = crowd[0].numbers
    assert whole == sorted(set(whole))
    for each in crowd:
        assert each.numbers == whole[whole.index(each.numbers[0]) :][: len(each.numbers)]
    assert any('"interrupted"' in other for other in crowd[0].others)
