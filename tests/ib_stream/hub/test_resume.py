"""Coming back to what no ring holds any more."""

import asyncio
from collections.abc import AsyncIterator

from ib_stream.hub import EventId, Hub, Replayed, Topic
from ib_stream.wire import gap_line
from market.clock import DrivenClock
from market.times import SECOND, parse
from tests.ib_stream.hub.peer import Peer, spin

T0 = parse("2026-01-05T14:30:00")
OLD = EventId("old", 7)


def tick(serial: int) -> bytes:
    return b'{"type":"tick","serial":%d}' % serial


class Store:
    """Five ticks of an earlier life; the read waits before each until it may go on."""

    def __init__(self, missing: tuple[int, int] | None = None) -> None:
        self.asked: list[tuple[str, EventId | int, int]] = []
        self.missing = missing
        self.go = asyncio.Semaphore(0)

    async def replay(self, topic: Topic, start: EventId | int, until: int) -> Replayed:
        self.asked.append((topic.name, start, until))
        return Replayed(self._bodies(), self.missing)

    async def _bodies(self) -> AsyncIterator[bytes]:
        for serial in range(5):
            await self.go.acquire()
            yield tick(serial)

    async def allow(self, count: int) -> None:
        for _ in range(count):
            self.go.release()
        await spin()


def serials(peer: Peer) -> list[int]:
    return [data["serial"] for data in peer.of("tick")]


async def test_what_is_published_meanwhile_comes_after_what_is_kept() -> None:
    store = Store()
    hub = Hub(DrivenClock(T0), epoch="new", flush=0, replay=store.replay)
    topic = hub.topic("t", "replay")
    peer = Peer(hub, [topic], after=OLD)
    await store.allow(2)
    hub.publish(topic, tick(5), T0)
    await store.allow(3)
    hub.publish(topic, tick(6), T0)
    await spin()
    assert serials(peer) == list(range(7))
    assert [event.id for event in peer.told][3:] == ["old-7~4", "old-7~5", "new-1", "new-2"]
    assert store.asked == [("t", OLD, 0)]
    await peer.leave()


async def test_a_limit_ends_a_replay_and_nothing_follows() -> None:
    store = Store()
    hub = Hub(DrivenClock(T0), epoch="new", flush=0, replay=store.replay)
    topic = hub.topic("t", "replay")
    hub.publish(topic, tick(5), T0)
    peer = Peer(hub, [topic], after=OLD, limit=3)
    await store.allow(5)
    assert (await peer.task).reason == "limit_reached"
    assert serials(peer) == [0, 1, 2]
    assert peer.told[-1].data["total_ticks"] == 3
    assert peer.last_id.end
    assert not topic.groups


async def test_a_limit_does_not_count_the_gaps_of_a_replay() -> None:
    async def replay(topic: Topic, start: EventId | int, until: int) -> Replayed:
        gap = gap_line("t", T0 - SECOND, T0, "not kept", T0)
        return Replayed([gap, tick(0), gap, tick(1), tick(2)])

    hub = Hub(DrivenClock(T0), epoch="new", flush=0, replay=replay)
    peer = Peer(hub, [hub.topic("t", "replay")], after=OLD, limit=2)
    assert (await peer.task).ticks == 2
    assert serials(peer) == [0, 1]
    assert len(peer.of("gap")) == 2


async def test_who_goes_during_a_replay_is_let_go_and_comes_back_to_the_same_place() -> None:
    store = Store(missing=(T0 - SECOND, T0))
    hub = Hub(DrivenClock(T0), epoch="new", flush=0, replay=store.replay)
    topic = hub.topic("t", "replay")
    peer = Peer(hub, [topic], after=OLD)
    await store.allow(2)
    await hub.drain("maintenance")
    assert (await peer.task).reason == "drained"
    hub.draining = False
    again = Peer(hub, [topic], after=EventId("old", 7, skip=(2,)))
    await store.allow(5)
    assert serials(again) == [2, 3, 4]
    assert [gap["from"] for gap in peer.of("gap")] == ["2026-01-05T14:29:59.000Z"]
    assert not again.of("gap"), "it has been told"
    await again.leave()


async def test_an_id_that_nobody_sent_yet_is_taken_for_the_newest() -> None:
    hub = Hub(DrivenClock(T0), epoch="new", flush=0)
    topic = hub.topic("t", "replay")
    hub.publish(topic, tick(0), T0)
    peer = Peer(hub, [topic], after=EventId("new", 10**9))
    await spin()
    hub.publish(topic, tick(1), T0)
    await spin()
    assert serials(peer) == [1]
    await peer.leave()
