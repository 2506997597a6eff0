import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market.errors import NoPermission
from tests.data_processing.refill_world import one_thread
from tests.ib_stream.feeds.kept import Kept


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    with one_thread():
        kept = Kept(tmp_path)
        yield kept
        await kept.close()


async def test_after_an_outage_clients_get_what_history_has_and_nothing_twice(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    await kept.outage(4)
    await kept.run(40)
    client.read()
    client.check(end=45)
    assert client.gaps() == []
    assert client.codes()[:3] == ["interrupted", "resumed", "refilled"]


async def test_of_seconds_that_were_sent_in_part_only_the_rest_is_sent(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(3)
    kept.world.lossy = True
    await kept.run(3)
    kept.world.lossy = False
    await kept.outage(2, late=4)
    await kept.run(40)
    client.read()
    client.check(end=40)
    history = [b for b in client.got if b["type"] == "tick" and b["data"]["source"] == "history"]
    assert len(history) == len({json.dumps(b["data"]) for b in history})
    assert [b["data"]["price"] % 100 for b in history[:3]] == [1, 1, 1]


async def test_live_ticks_go_on_in_order_while_history_is_waited_for(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(3)
    await kept.outage(3)
    await kept.run(10)
    client.read()
    assert [body["data"]["source"] for body in client.got if body["type"] == "tick"] == ["tbt"] * 28
    assert client.codes() == ["interrupted", "resumed"]


async def test_what_history_refuses_for_good_is_a_gap_with_its_bounds_and_words(kept: Kept) -> None:
    kept.world.history.always = NoPermission("no market data permission for history")
    client = await kept.join()
    await kept.run(5)
    await kept.outage(4)
    await kept.world.wait(3_600)
    client.read()
    client.check(end=10)
    assert client.gaps() == [(5, 10)]
    (gap,) = [body for body in client.got if body["type"] == "gap"]
    assert gap["reason"] == "cut; no market data permission for history"


async def test_a_silence_that_hid_ticks_is_made_good_later(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    kept.world.live = False
    await kept.run(6)
    kept.world.live = True
    await kept.run(400)
    client.read()
    client.check(end=380)
    assert client.gaps() == []


async def test_who_comes_later_is_not_sent_what_was_missed_before_the_stream_began(kept: Kept) -> None:
    await kept.run(5)
    client = await kept.join()
    await kept.run(2)
    await kept.outage(2, late=4)
    await kept.run(40)
    client.read()
    client.check(end=40)
    assert min(second for second, _ in client.ticks()) == 5


async def test_without_a_store_an_outage_is_a_gap_at_once(kept: Kept) -> None:
    kept.feeds._desk.db = None
    client = await kept.join()
    await kept.run(5)
    await kept.outage(4)
    await kept.run(3)
    client.read()
    client.check(end=12)
    assert client.gaps() == [(5, 10)]


async def test_a_stream_that_becomes_derived_says_so_and_names_what_it_missed(kept: Kept) -> None:
    client = await kept.join()
    await kept.run(5)
    kept.world.live = False
    kept.broker.change("interrupted")
    kept.broker.streams[0].source = "l1"
    kept.broker.change("live", at=1)
    await kept.run(3)
    kept.broker.change("interrupted")
    kept.broker.streams[0].source = "tbt"
    kept.world.live = True
    kept.broker.change("live")
    await kept.run(60)
    client.read()
    assert client.gaps() == [(5, 7), (8, 9)]
    # What came from the line meanwhile are samples, as was said.
    client.got.append({"type": "gap", "from": "2026-01-05T14:30:07Z", "to": "2026-01-05T14:30:08Z"})
    client.check(end=60)
    assert client.codes() == ["interrupted", "derived", "resumed", "interrupted", "tick_by_tick", "resumed"]
