import asyncio

import pytest

from cli.backfill_run import together
from market.errors import ConnectionFailed


async def test_the_first_error_ends_the_rest_before_it_is_raised() -> None:
    ended = list[str]()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ConnectionFailed("the line broke")

    with pytest.raises(ConnectionFailed):
        await together([waits(), fails(), waits()])
    assert ended == ["ended"] * 2
