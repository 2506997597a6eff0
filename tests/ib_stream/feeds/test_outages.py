import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from market.errors import NoPermission
from market.events import AccountValue, Depth, Execution
from market.times import SECOND
from tests.data_processing.refill_world import one_thread
from tests.fakes import T0, bar
from tests.ib_stream.feeds.fakes import ID
from tests.ib_stream.feeds.kept import LAST, Kept


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


async def test_a_client_that_was_let_in_before_its_stream_came_is_told_from_when_on(kept: Kept) -> None:
    kept.broker.gate = asyncio.Event()
    joining = asyncio.ensure_future(kept.feeds.join([LAST]))
    await kept.run(4)
    await joining
    kept.world.live = True
    kept.broker.gate.set()
    await kept.run(2)
    (gap,) = kept.hub.of("gap")
    assert (gap["from"], gap["to"]) == ("2026-01-05T14:30:01Z", "2026-01-05T14:30:06Z")


async def test_bars_that_were_missed_come_from_history_in_their_place(kept: Kept) -> None:
    await kept.feeds.join([f"bar:{ID}:1m"])
    kept.world.history.stored = [bar(minute) for minute in range(8)]
    kept.world.bus.publish(bar(0, final=False, source="live"))
    kept.world.bus.publish(bar(0, final=False, source="ticks"))
    kept.broker.change("interrupted", at=90)
    await kept.world.wait(240)
    kept.broker.change("live")
    await kept.world.wait(360)
    bars = [(body["data"]["source"], body["data"]["final"]) for body in kept.hub.of("bar")]
    assert bars[0] == ("live", False)
    assert {body["data"]["unix_time"] - T0 // SECOND for body in kept.hub.of("bar")} >= {0, 60, 120, 180}
    assert ("history", True) in bars
    assert "ticks" not in {source for source, _ in bars}


async def test_orders_that_are_told_again_after_a_reconnect_are_sent_once(kept: Kept) -> None:
    joined = await kept.feeds.join(["orders"])
    fill = Execution("e1", 1, 2, ID, "SMART", "DU1", "BUY", Decimal(1), 9.5, T0, T0)
    for event in (fill, replace(fill, received=T0 + 5), replace(fill, commission=1.0)):
        kept.world.bus.publish(event)
    assert [body["data"]["commission"] for body in kept.hub.of("fill")] == [None, 1.0]
    assert [json.loads(body)["data"]["commission"] for body in joined.snapshot] == [1.0]


async def test_of_an_account_only_what_changed_and_is_ours_is_sent(kept: Kept) -> None:
    await kept.feeds.join(["account"])
    ours = AccountValue(kept.broker.account, "Cash", "1", "USD", T0)
    others = [{"received": T0 + 9}, {"account": "DU2"}, {"value": "2"}]
    for event in (ours, *(replace(ours, **other) for other in others)):  # type: ignore[arg-type]
        kept.world.bus.publish(event)
    assert [body["data"]["value"] for body in kept.hub.of("value")] == ["1", "2"]


async def test_all_changes_of_a_book_that_came_together_are_one_event(kept: Kept) -> None:
    await kept.feeds.join([f"depth:{ID}"])
    for position, price in enumerate((9.5, 9.4, 9.3)):
        kept.world.bus.publish(Depth(ID, "SMART", T0, T0, position, "insert", "bid", price, 1.0))
    await asyncio.sleep(0)
    (book,) = kept.hub.of("depth")
    assert [level["price"] for level in book["data"]["bids"]] == [9.5, 9.4, 9.3]


async def test_who_joins_a_book_later_gets_it_as_it_stands_and_nothing_while_that_is_not_known(
    kept: Kept,
) -> None:
    await kept.feeds.join([f"depth:{ID}"])
    kept.world.bus.publish(Depth(ID, "SMART", T0, T0, 0, "insert", "bid", 9.5, 1.0))
    joined = await kept.feeds.join([f"depth:{ID}"])
    (book,) = joined.snapshot
    assert json.loads(book)["data"]["bids"][0]["price"] == 9.5
    kept.broker.change("interrupted")
    assert joined.snapshot == []
