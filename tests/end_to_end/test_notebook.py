"""One request, asked from a notebook's running loop and from a thread beside it."""

import asyncio
from collections.abc import Iterator

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract, IBRequests

AAPL = IBContract.by_id(265598)


@pytest.fixture
def requests(gateway_port: int) -> Iterator[IBRequests]:
    connector = IBConnector(IBCallbacks())
    connector.connect("127.0.0.1", gateway_port, client_id=51)
    yield IBRequests(connector)
    connector.disconnect()


async def test_an_answer_is_awaited_in_a_running_loop(requests: IBRequests) -> None:
    (found,) = await requests.req_contract_details(AAPL)
    assert found.symbol == "AAPL"


async def test_a_thread_waits_for_a_result_while_the_loop_runs(requests: IBRequests) -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat())
    (found,) = await asyncio.to_thread(lambda: requests.req_contract_details(AAPL).result(10))
    beating.cancel()
    assert found.symbol == "AAPL"
    assert beats > 1


async def test_a_cell_that_waits_with_result_in_the_loops_own_thread_gets_its_answer(
    requests: IBRequests,
) -> None:
    (found,) = requests.req_contract_details(AAPL).result(10)
    assert found.symbol == "AAPL"
