from collections.abc import AsyncIterator

import pytest

from tests.ib_stream.feeds.fakes import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(max_streams=3)
    yield world
    await world.feeds.close()
