"""Of a topic of states every client ends with the latest of each key, however slow it was."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.hub import EventId, Hub, Topic, group, outlets, ring
from market.clock import DrivenClock
from tests.ib_stream.hub.peer import Peer, events, spin

KEYS = st.integers(0, 3)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), KEYS),
        st.tuples(st.sampled_from(["join", "flush"])),
        st.tuples(st.sampled_from(["pause", "read", "come back"]), st.integers(0, 3)),
    ),
    max_size=40,
)


@pytest.fixture(autouse=True)
def little_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(ring, "KEPT_BYTES", 0)
        for module in (group, outlets):
            patch.setattr(module, "HIGH_WATER", 100)
        yield


class States:
    """What a client knows of each key, over all its connections."""

    def __init__(self, hub: Hub, topic: Topic) -> None:
        self.hub, self.topic, self.known = hub, topic, dict[int, int]()
        self.peer = Peer(hub, [topic])

    async def come_back(self) -> None:
        await self.peer.leave()
        self.learn()
        id = events(self.peer.stream)[1]
        self.peer = Peer(self.hub, [self.topic], after=EventId.parse(id) if id else None)
        await spin()

    def learn(self) -> None:
        for data in self.peer.of("bar"):
            assert data["value"] >= self.known.get(data["key"], 0), "an older state after a newer one"
            self.known[data["key"]] = data["value"]
        assert not self.peer.of("gap"), "what a newer state replaced is missed by nobody"


async def play(actions: list[tuple[object, ...]]) -> None:
    hub = Hub(DrivenClock(1), epoch="e", buffer=4, flush=10.0)
    topic, latest, clients = hub.topic("bars", "latest"), dict[int, int](), list[States]()
    for value, action in enumerate(actions, 1):
        match action:
            case ("publish", int(key)):
                latest[key] = value
                hub.publish(topic, b'{"type":"bar","key":%d,"value":%d}' % (key, value), value, key)
            case ("join",):
                clients.append(States(hub, topic))
                await spin()
            case ("flush",):
                hub.stop((), "")
                await spin()
            case ("come back", int(which)) if clients:
                await clients[which % len(clients)].come_back()
            case (str(verb), int(which)) if clients:
                getattr(clients[which % len(clients)].peer, verb)()
    for client in clients:
        client.peer.read()
    for _ in range(6):
        hub.stop((), "")
        await spin()
        hub._flusher.help_late()
    for client in clients:
        await client.peer.leave()
        client.learn()
        assert client.known == latest


@given(ACTIONS)
def test_every_client_ends_with_the_latest_of_each_key(actions: list[tuple[object, ...]]) -> None:
    asyncio.run(play(actions))
