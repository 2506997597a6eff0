import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market.times import SECOND
from tests.data_processing.refill_world import one_thread
from tests.fakes import T0
from tests.ib_stream.feeds.kept import LAST, Client, Kept


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    with one_thread():
        kept = Kept(tmp_path)
        yield kept
        await kept.close()


async def test_what_no_ring_has_any_more_comes_out_of_the_store_in_order_and_once(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(4)
    client.read()
    await kept.run(30)
    await client.resume(ring_from=kept.hub.n - 7)
    await kept.run(3)
    client.read()
    client.check(end=37)
    assert client.gaps() == []
    assert list(client.ticks()) == sorted(client.ticks())


@pytest.mark.parametrize("stop", range(8, 40, 3))
async def test_a_place_in_the_midst_of_an_outage_and_its_refill_is_exact(kept: Kept, stop: int) -> None:
    client = await kept.join()
    await kept.run(5)
    await kept.outage(4, late=2)
    await kept.run(40)
    client.read(until=stop)
    await client.resume(ring_from=max(stop, kept.hub.n - 20))
    client.check(end=48)
    assert client.gaps() == []


async def test_gaps_that_were_told_meanwhile_are_told_again(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(3)
    client.read()
    kept.feeds._desk.db, db = None, kept.feeds._desk.db
    await kept.outage(3)
    kept.feeds._desk.db = db
    await kept.run(10)
    await client.resume(ring_from=kept.hub.n)
    client.check(end=17)
    assert client.gaps() == [(3, 7)]


async def test_after_a_restart_a_client_gets_what_was_stored_and_a_gap_for_the_rest(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    client.read()
    await kept.run(5)
    await kept.restart(down=3)
    await kept.join()
    await kept.run(4)
    await client.resume(ring_from=0)
    await kept.run(3)
    client.read()
    client.check(end=20)
    assert client.gaps() == [(10, 14)]


async def test_a_stream_that_somebody_else_kept_has_no_gap(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    client.read()
    await kept.feeds.stop()
    await kept.run(20)
    await kept.join()
    await kept.run(5)
    await client.resume(ring_from=kept.hub.n)
    client.check(end=30)
    assert client.gaps() == []


async def test_after_a_kill_what_a_client_may_have_had_is_named(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    await kept.world.run(1)
    client.read()
    await kept.killed()
    await kept.join()
    await kept.run(3)
    await client.resume(ring_from=0)
    await kept.run(40)
    client.read()
    client.check(end=40)
    assert client.gaps() != []


async def test_a_place_between_two_marks_names_what_is_in_doubt(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    client.read(until=6)
    await kept.restart()
    await kept.join()
    await kept.run(3)
    await client.resume(ring_from=0)
    client.check(end=10)
    assert client.gaps() == [(2, 3), (5, 9)]


async def test_an_id_that_nobody_knows_gets_a_gap_and_nothing_twice(kept: Kept) -> None:
    await kept.join()
    await kept.run(5)
    stranger = Client(kept)
    stranger.epoch, stranger.n, stranger.joined = "zzz", 3, 0
    await stranger.resume(ring_from=4)
    stranger.check(end=5)
    assert stranger.gaps()


async def test_since_gives_all_that_was_received_from_then_on(kept: Kept) -> None:
    await kept.join()
    await kept.run(10)
    topic = kept.hub.topics[LAST]
    replayed = await kept.feeds.replay(topic, T0 + 4 * SECOND, kept.hub.n)  # type: ignore[arg-type]
    client = Client(kept)
    client.got = [json.loads(body) async for body in replayed.bodies]  # type: ignore[union-attr]
    assert sorted(client.ticks()) == kept.world.truth(4, 10)
