"""The clients that listen to the same topics: what is new is joined once and written to each of them."""

from collections.abc import Iterable

from ib_stream.hub import frames
from ib_stream.hub.client import Client
from ib_stream.hub.ring import Event
from ib_stream.hub.stats import Counts
from ib_stream.hub.topic import Topic


class Group:
    """`live` clients have everything up to event `n`; `late` ones get theirs out of the rings.

    A client is late from the moment it cannot take all, and when it is new: whoever joins, comes back or was
    slow takes the same way to the others.
    """

    def __init__(self, topics: Iterable[Topic], n: int, counts: Counts) -> None:
        self.topics = tuple(topics)
        self.n = n
        self.pending: list[Event] = []
        self.live: dict[Client, None] = {}
        self.late: dict[Client, None] = {}
        self.flushed_at = 0
        self._counts = counts

    def __len__(self) -> int:
        return len(self.live) + len(self.late)

    def add(self, client: Client) -> None:
        """Take in a client, which may be behind."""
        client.group = self
        self.late[client] = None

    def remove(self, client: Client) -> None:
        """Let a client go; it knows from then on how far it is."""
        if client in self.live:
            client.n = self.n
            del self.live[client]
        self.late.pop(client, None)
        client.group = None

    def flush(self, now: int, monotonic: int) -> None:
        """Write what is pending to all that are live; whoever cannot take it whole is late."""
        events, self.pending = self.pending, []
        body = b"".join([event.frame for event in events])
        chunk = frames.chunk(body)
        behind = self._write(body, chunk, sum([event.counted for event in events]))
        for client in behind:
            self._fall_behind(client, now, monotonic)
        self._counts.sent += len(events) * len(self.live)
        self._counts.bytes += len(body) * len(self.live)
        self.n, self.flushed_at = events[-1].n, monotonic

    def _write(self, body: bytes, chunk: bytes, ticks: int) -> list[Client]:
        behind = []
        for client in self.live:
            sum_of_ticks = client.ticks + ticks
            if client.flow.write_paused or sum_of_ticks >= client.limit:
                behind.append(client)
                continue
            try:
                client.write(chunk if client.chunked else body)
                client.ticks = sum_of_ticks
            except (OSError, RuntimeError):  # closed, and its end is about to be noticed
                behind.append(client)
        return behind

    def _fall_behind(self, client: Client, now: int, monotonic: int) -> None:
        del self.live[client]
        self.late[client] = None
        client.n = self.n
        client.remember(now)
        client.paused_at = monotonic if client.flow.write_paused else None

    def help_late(self, now: int) -> None:
        """Bring those who take bytes again up to date."""
        for client in tuple(self.late):
            if not client.flow.write_paused:
                self.help(client, now)

    def help(self, client: Client, now: int) -> None:
        """Give a late client what it has not got, and make it live if that was all."""
        client.paused_at = None
        client.catch_up(now)
        if client not in self.late:
            return
        # What is pending lies in the rings already; a client that has it must not get it again.
        if self.pending or client.flow.write_paused:
            client.remember(now)
        else:
            del self.late[client]
            self.live[client] = None
