"""Whatever clients do, each gets every event exactly once, or a gap that covers it."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.hub import EventId, Hub, Replayed, Topic, group, outlets, resume, ring
from market.clock import DrivenClock
from tests.ib_stream.hub.peer import Peer, Told, events, spin

NAMES = ("a", "b", "c")
PADDING = "x" * 60


@pytest.fixture(autouse=True)
def little_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rings and buffers of a few events, so that few events overflow them."""
    with monkeypatch.context() as patch:
        patch.setattr(ring, "KEPT_BYTES", 300)
        patch.setattr(ring, "KEPT_NANOSECONDS", 0)
        for module in (group, outlets, resume):
            patch.setattr(module, "HIGH_WATER", 250)
        yield


class World:
    """A hub, all that was ever published, and clients who come back with what they have."""

    def __init__(self, *, stored: bool) -> None:
        self.log: list[tuple[EventId, str]] = []
        self.stored = stored
        self.lives = 0
        self.clients: list[Member] = []
        self.restart()

    def restart(self) -> None:
        self.lives += 1
        replay = partial(self._replay, f"e{self.lives}") if self.stored else None
        self.hub = Hub(DrivenClock(1), epoch=f"e{self.lives}", buffer=3, flush=10.0, replay=replay)
        self.topics = {name: self.hub.topic(name, "replay") for name in NAMES}

    def publish(self, name: str) -> None:
        body = f'{{"type":"tick","of":"{name}","serial":{len(self.log)},"_":"{PADDING}"}}'
        self.hub.publish(self.topics[name], body.encode(), len(self.log))
        self.log.append((EventId(f"e{self.lives}", self.hub.n), name))

    def place(self, id: EventId) -> int:
        """The serial number after which `id` stands."""
        return sum(self._key(other) <= self._key(id) for other, _ in self.log)

    def _key(self, id: EventId) -> tuple[int, int]:
        return int(id.epoch[1:]), id.n

    async def _replay(self, epoch: str, topic: Topic, after: EventId | int, until: int) -> Replayed:
        assert isinstance(after, EventId)
        first, last = self.place(after), self.place(EventId(epoch, until))
        await asyncio.sleep(0)
        return Replayed(
            [
                f'{{"type":"tick","of":"{topic.name}","serial":{serial},"_":"{PADDING}"}}'.encode()
                for serial in range(first, last)
                if self.log[serial][1] == topic.name
            ]
        )


class Member:
    """A client of some topics over all its connections."""

    def __init__(self, world: World, names: tuple[str, ...]) -> None:
        self.world, self.names = world, names
        self.begin = len(world.log)
        self.told: list[Told] = []
        self.last: EventId | None = None
        self.peer = self._connect()

    def _connect(self) -> Peer:
        topics = [self.world.topics[name] for name in self.names]
        return Peer(self.world.hub, topics, after=self.last)

    async def come_back(self, keep: int) -> None:
        """Lose the line with `keep` percent of what came last, and connect again."""
        await self.peer.leave()
        stream = self.peer.stream
        told, id = events(stream[: len(stream) * keep // 100])
        self.told += told
        self.last = EventId.parse(id) if id else self.last
        if self.last is None:
            self.begin, self.told = len(self.world.log), []
        else:
            self.told = [event for event in self.told if not self._asks_again(event, self.last)]
        self.peer = self._connect()
        await asyncio.sleep(0)

    def _asks_again(self, event: Told, last: EventId) -> bool:
        """A gap that ends after the id that the client comes back with is told again, or filled."""
        slow = event.data.get("reason") == "slow_client"
        return slow and self.world.place(EventId.parse(event.data["until"])) > self.world.place(last)

    def check(self) -> None:
        told = self.told + self.peer.told
        for name in self.names:
            serials = [e.data["serial"] for e in told if e.data["type"] == "tick" and e.data["of"] == name]
            assert serials == sorted(set(serials)), "doubled, or out of order"
            missing = self._gaps(told, name)
            wanted = {s for s, (_, of) in enumerate(self.world.log) if of == name and s >= self.begin}
            assert set(serials) - missing == set(serials), "a gap over what came"
            assert wanted - missing == set(serials), "lost without a word, or never asked for"

    def _gaps(self, told: list[Told], name: str) -> set[int]:
        """The serials of `name` that gaps cover; a count that a gap gives is exact."""
        covered: set[int] = set()
        for event in told:
            if event.data["type"] == "gap" and event.data["topic"] == name:
                first = self.world.place(EventId.parse(event.data["after"]))
                last = self.world.place(EventId.parse(event.data["until"]))
                these = {s for s in range(first, last) if self.world.log[s][1] == name}
                assert event.data["missed"] in (None, len(these))
                assert event.data["missed"] is not None or event.data["reason"] == "not_kept"
                covered |= these
        return covered


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from(NAMES), st.integers(1, 12)),
        st.tuples(st.just("join"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)),
        st.tuples(st.sampled_from(["pause", "read"]), st.integers(0, 5)),
        st.tuples(st.just("come back"), st.integers(0, 5), st.integers(0, 100)),
        st.tuples(st.sampled_from(["flush", "spin"])),
    ),
    max_size=30,
)


async def act(world: World, action: tuple[object, ...]) -> None:
    match action:
        case ("publish", str(name), int(count)):
            for _ in range(count):
                world.publish(name)
        case ("join", list(names)):
            world.clients.append(Member(world, tuple(names)))
            await asyncio.sleep(0)
        case ("flush",):
            world.hub.stop((), "")
        case ("spin",):
            await spin()
        case ("restart",):
            await restart(world)
        case (str(verb), int(which), *rest) if world.clients:
            member = world.clients[which % len(world.clients)]
            if verb == "come back":
                assert isinstance(rest[0], int)
                await member.come_back(rest[0])
            else:
                getattr(member.peer, verb)()


async def restart(world: World) -> None:
    old = world.hub
    world.restart()
    for member in world.clients:
        await member.come_back(100)
    assert old.stats().clients == 0


async def settle(world: World) -> None:
    """All read all there is."""
    for member in world.clients:
        member.peer.read()
    world.hub.stop((), "")
    came = -1
    while came < (came := sum(len(member.peer.stream) for member in world.clients)):
        world.hub._flusher.help_late()
        await spin(40)


async def play(actions: list[tuple[object, ...]], *, stored: bool) -> World:
    world = World(stored=stored)
    for action in actions:
        await act(world, action)
    await settle(world)
    for member in world.clients:
        member.check()
        await member.peer.leave()
    assert world.hub.stats().clients == world.hub.stats().late == 0
    assert not any(topic.groups for topic in world.topics.values())
    return world


@given(ACTIONS)
def test_every_event_comes_once_or_is_in_a_gap(actions: list[tuple[object, ...]]) -> None:
    asyncio.run(play(actions, stored=False))


@given(ACTIONS)
def test_who_comes_back_gets_out_of_the_store_what_no_ring_has(actions: list[tuple[object, ...]]) -> None:
    asyncio.run(play(actions, stored=True))


@given(st.lists(st.one_of(ACTIONS, st.just([("restart",)])), max_size=4))
def test_so_it_is_over_restarts_of_the_process(runs: list[list[tuple[object, ...]]]) -> None:
    asyncio.run(play([action for run in runs for action in run], stored=True))
