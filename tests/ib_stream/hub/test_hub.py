"""What a client is told, over plain ASGI."""

import asyncio
from typing import Any

import pytest

from ib_stream.hub import EventId, Hub, Replayed, Topic, Wish
from market.clock import DrivenClock
from market.errors import BadRequest
from market.times import SECOND, parse
from tests.ib_stream.hub.peer import SCOPE, Peer, spin

T0 = parse("2026-01-05T14:30:00")
BIG = b'{"type":"tick","_":"' + 30_000 * b"x" + b'"}'


def tick(serial: int) -> bytes:
    return b'{"type":"tick","serial":%d}' % serial


def make(**options: Any) -> Hub:
    return Hub(DrivenClock(T0), epoch="a1", **options)


def clock_of(hub: Hub) -> DrivenClock:
    assert isinstance(hub.clock, DrivenClock)
    return hub.clock


async def test_a_stream_begins_with_its_place_and_its_hello() -> None:
    hub = make()
    peer = Peer(hub, [hub.topic("t", "replay")], hello=[b'{"type":"info","code":"derived"}'], request_id="r7")
    await spin()
    first, _, hello = peer.stream.partition(b"\n\n")
    assert first.startswith(b"id: a1-0\nretry: 2")
    assert hello == b'data: {"type":"info","code":"derived"}\n\n'
    assert peer.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert (peer.headers[b"cache-control"], peer.headers[b"x-request-id"]) == (
        b"no-cache, no-transform",
        b"r7",
    )
    assert (await peer.leave()).reason == "disconnected"


async def test_one_topic_or_several_the_bytes_are_the_same() -> None:
    hub = make(flush=0)
    a, b = hub.topic("a", "replay"), hub.topic("b", "latest")
    alone, both = Peer(hub, [a]), Peer(hub, [b, a])
    await spin()
    start = len(both.stream)
    hub.publish(a, tick(1), T0)
    hub.publish(b, tick(2), T0)
    hub.publish(a, tick(3), T0)
    await spin()
    assert both.stream[start:] == b"".join(
        b'id: a1-%d\ndata: {"type":"tick","serial":%d}\n\n' % (n, n) for n in (1, 2, 3)
    )
    assert alone.stream[start:] == both.stream[start:].replace(
        b'id: a1-2\ndata: {"type":"tick","serial":2}\n\n', b""
    )
    await alone.leave()
    await both.leave()


async def test_a_topic_that_is_named_twice_comes_once() -> None:
    hub = make(flush=0)
    a, b = hub.topic("a", "replay"), hub.topic("b", "replay")
    peer = Peer(hub, [a, b, a], after=EventId("a1", 0))
    hub.publish(a, tick(1), T0)
    hub.publish(b, tick(2), T0)
    await spin()
    hub.publish(a, tick(3), T0)
    await spin()
    assert [data["serial"] for data in peer.of("tick")] == [1, 2, 3]
    await peer.leave()


@pytest.mark.parametrize(("topics", "limit"), [(0, None), (1, 0)])
def test_a_wish_for_nothing_is_refused(topics: int, limit: int | None) -> None:
    with pytest.raises(BadRequest, match="at least"):
        Wish(topics=topics * (make().topic("t", "replay"),), limit=limit)


async def test_a_limit_counts_ticks_of_this_connection_only() -> None:
    hub = make()
    topic = hub.topic("tick:1:Last", "replay", {"contract_id": 1})
    peer = Peer(hub, [topic], limit=2)
    await spin()
    hub.publish(topic, b'{"type":"gap"}', T0, counted=False)
    for serial in range(1, 5):
        hub.publish(topic, tick(serial), T0)
    ended = await peer.task
    assert [event.data["type"] for event in peer.told] == ["gap", "tick", "tick", "complete"]
    assert peer.told[-1] == (
        "a1-3-end",
        {
            "type": "complete",
            "topic": "tick:1:Last",
            "contract_id": 1,
            "timestamp": "2026-01-05T14:30:00.000Z",
            "reason": "limit_reached",
            "total_ticks": 2,
        },
    )
    assert (ended.reason, ended.ticks, peer.finished) == ("limit_reached", 2, True)


async def test_who_comes_back_after_the_end_is_told_to_stay_away() -> None:
    hub = make()
    peer = Peer(hub, [hub.topic("t", "replay")], after=EventId("old", 3, end=True))
    assert (await peer.task).reason == "finished"
    assert (peer.status, peer.stream) == (204, b"")


async def test_a_timeout_completes_and_silence_has_a_heartbeat() -> None:
    hub = make(heartbeat=15)
    peer = Peer(hub, [hub.topic("t", "replay")], timeout=20)
    await spin()
    for _ in range(85):
        clock_of(hub).advance(SECOND // 4)
    assert (await peer.task).reason == "timeout"
    assert peer.stream.count(b": hb\n\n") == 1
    assert peer.of("complete")[0]["reason"] == "timeout"
    assert clock_of(hub).next_due is None, "the wheel turns for nobody"


async def test_who_gets_events_gets_no_heartbeat() -> None:
    hub = make(flush=0, heartbeat=2)
    topic = hub.topic("t", "replay")
    peer = Peer(hub, [topic])
    for _ in range(10):
        await spin()
        hub.publish(topic, tick(1), T0)
        clock_of(hub).advance(SECOND)
    assert b"hb" not in peer.stream
    await peer.leave()


async def test_a_stopped_topic_completes_and_others_go_on() -> None:
    hub = make(flush=0)
    a, b = hub.topic("a", "replay"), hub.topic("b", "replay")
    alone, both = Peer(hub, [a]), Peer(hub, [a, b])
    await spin()
    hub.publish(a, tick(1), T0)
    hub.stop([a], "stopped")
    hub.publish(a, tick(2), T0)
    hub.publish(b, tick(3), T0)
    await spin()
    assert (await alone.task).reason == "stopped"
    assert (alone.told[-1].id, alone.told[-1].data["reason"]) == ("a1-1-end", "stopped")
    assert [event.data.get("serial") for event in both.told] == [1, None, 3]
    assert both.of("complete")[0]["topic"] == "a"
    assert not both.last_id.end
    await both.leave()


async def test_whoever_joins_states_gets_the_latest_of_each_without_an_id() -> None:
    hub = make(flush=0)
    topic = hub.topic("bars", "latest")
    for key, serial in (("5s", 1), ("1m", 2), ("5s", 3)):
        hub.publish(topic, tick(serial), T0, key)
    peer = Peer(hub, [topic])
    await spin()
    assert [(event.id, event.data["serial"]) for event in peer.told] == [("a1-3", 2), ("a1-3", 3)]
    await peer.leave()


async def settle(hub: Hub) -> None:
    """Everybody takes what there is, a buffer at a time."""
    for _ in range(12):
        await spin()
        hub._flusher.help_late()
    await spin()


async def slow(policy: Any, count: int = 20, **options: Any) -> tuple[Hub, Topic, Peer, Peer]:
    """A hub with a client that does not read and one that does, after more than any ring or buffer holds."""
    hub = make(flush=0, buffer=2, **options)
    topic = hub.topic("t", policy)
    peer, other = Peer(hub, [topic]), Peer(hub, [topic])
    await spin()
    peer.pause()
    for n in range(count):
        hub.publish(topic, BIG.replace(b"{", b'{"serial":%d,' % n), T0 + n * SECOND, key=n % 2)
        await spin()
    return hub, topic, peer, other


async def test_a_slow_client_has_the_ring_and_an_exact_gap() -> None:
    hub, _, peer, other = await slow("replay")
    assert hub.stats().late == 1
    peer.read()
    await settle(hub)
    gap, came = peer.of("gap")[0], [data["serial"] for data in peer.of("tick")]
    lost = sorted(set(range(20)) - set(came))
    assert gap["missed"] == len(lost) > 0
    assert (gap["from"], gap["to"]) == (
        f"2026-01-05T14:30:{lost[0]:02}.000Z",
        f"2026-01-05T14:30:{lost[-1]:02}.000Z",
    )
    assert (gap["after"], gap["until"]) == (f"a1-{lost[0]}", f"a1-{lost[-1] + 1}")
    assert [data["serial"] for data in other.of("tick")] == list(range(20)), "nobody else notices"
    assert (hub.stats().late, hub.stats().gaps, hub.stats().missed) == (0, 1, len(lost))
    await peer.leave()
    await other.leave()


async def test_a_slow_client_of_states_has_the_latest_of_each() -> None:
    hub, _, peer, other = await slow("latest")
    peer.read()
    await settle(hub)
    assert [data["serial"] for data in peer.of("tick")][-2:] == [18, 19]
    assert len(peer.of("tick")) < 20
    assert not peer.of("gap")
    await peer.leave()
    await other.leave()


async def test_who_is_too_slow_for_what_must_not_be_missed_is_closed_and_comes_back() -> None:
    async def kept(topic: Topic, after: EventId | int, until: int) -> Replayed:
        assert isinstance(after, EventId)
        return Replayed([b'{"type":"tick","serial":%d}' % n for n in range(after.n, until)])

    hub, topic, peer, other = await slow("lossless", replay=kept)
    peer.read()
    await spin()
    clock_of(hub).advance(SECOND)
    assert (await peer.task).reason == "slow"
    assert peer.of("error")[0]["error"]["code"] == "TOO_SLOW"
    again = Peer(hub, [topic], after=peer.last_id)
    await settle(hub)
    assert [data["serial"] for data in peer.of("tick") + again.of("tick")] == list(range(20))
    await again.leave()
    await other.leave()


async def test_who_never_reads_is_closed_in_the_end() -> None:
    hub, _, peer, other = await slow("replay", patience=0.01)
    for _ in range(100):
        clock_of(hub).advance(SECOND // 4)
    assert (await peer.task).reason == "slow"
    assert (hub.stats().kicked, peer.finished) == (1, False)
    await other.leave()


async def test_everybody_is_told_that_the_server_goes() -> None:
    hub = make()
    topic = hub.topic("t", "replay")
    peers = [Peer(hub, [topic]) for _ in range(5)]
    await spin()
    hub.publish(topic, tick(1), T0)
    await hub.drain("maintenance")
    assert [peer.task.result().reason for peer in peers] == 5 * ["drained"]
    assert {peer.of("info")[0]["code"] for peer in peers} == {"server_shutdown"}
    assert not any(peer.last_id.end for peer in peers), "they may come back"
    late = Peer(hub, [topic])
    assert (await late.task).reason == "unavailable"
    assert late.status == 503


async def test_a_client_that_reads_nothing_does_not_hold_up_the_end() -> None:
    hub, _, peer, other = await slow("replay")
    async with asyncio.timeout(5):
        await hub.drain("maintenance")
        assert (await peer.task).reason == (await other.task).reason == "drained"
    assert (peer.finished, other.finished) == (False, True)


async def test_since_gives_what_was_received_from_then_on() -> None:
    hub = make(flush=0)
    topic = hub.topic("t", "replay")
    for second in range(5):
        clock_of(hub).advance(SECOND)
        hub.publish(topic, tick(second), clock_of(hub).now())
    peer = Peer(hub, [topic], since=T0 + 3 * SECOND)
    await spin()
    hub.publish(topic, tick(5), clock_of(hub).now())
    await spin()
    assert [data["serial"] for data in peer.of("tick")] == [2, 3, 4, 5]
    assert [event.id for event in peer.told][-2:] == ["a1-5", "a1-6"]
    await peer.leave()


async def test_since_before_the_ring_without_a_store_is_a_gap_with_its_bounds() -> None:
    hub = make(flush=0)
    peer = Peer(hub, [hub.topic("t", "replay")], since=T0 - 3 * SECOND)
    await spin()
    gap = peer.of("gap")[0]
    assert (gap["from"], gap["to"]) == ("2026-01-05T14:29:57.000Z", "2026-01-05T14:30:00.000Z")
    assert (gap["reason"], gap["missed"]) == ("not_kept", None)
    await peer.leave()


async def test_a_store_that_fails_is_a_gap_and_the_stream_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(topic: Topic, after: EventId | int, until: int) -> Replayed:
        raise OSError("no such drive")

    hub = make(flush=0, replay=broken)
    topic = hub.topic("t", "replay")
    peer = Peer(hub, [topic], after=EventId("old", 3))
    await spin()
    hub.publish(topic, tick(1), T0)
    await spin()
    assert [event.data["type"] for event in peer.told] == ["gap", "tick"]
    assert "no such drive" in caplog.text
    await peer.leave()


async def test_ids_that_clients_know_are_marked() -> None:
    marks: list[tuple[int, int]] = []
    hub = make(flush=0, mark=lambda n, received: marks.append((n, received)))
    topic = hub.topic("t", "replay")
    peer = Peer(hub, [topic])
    await spin()
    hub.publish(topic, tick(1), T0 + 5)
    await spin()
    assert marks == [(0, T0), (1, T0 + 5)]
    await peer.leave()


async def test_a_server_that_raises_when_a_client_is_gone_is_understood() -> None:
    hub = make(flush=0)
    topic = hub.topic("t", "replay")

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message.get("body", b"").startswith(b"id: a1-1\n"):
            raise OSError("gone")

    task = asyncio.create_task(hub.serve(Wish(topics=(topic,)), dict(SCOPE), never, send))
    await spin()
    hub.publish(topic, tick(1), T0)
    assert (await task).reason == "disconnected"


async def test_a_cancelled_client_leaves_nothing() -> None:
    hub = make()
    peer = Peer(hub, [hub.topic("t", "replay")])
    await spin()
    peer.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await peer.task
    assert hub.stats().clients == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_an_epoch_has_to_fit_into_an_id() -> None:
    with pytest.raises(BadRequest, match="letters and digits"):
        Hub(DrivenClock(), epoch="a-1")
