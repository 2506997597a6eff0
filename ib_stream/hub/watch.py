"""One wheel for all that has its time: heartbeats, timeouts, clients that are paused for too long."""

from ib_stream.hub import frames
from ib_stream.hub.client import COME_BACK, Client
from market.clock import Clock, Timer
from market.times import SECOND

STEP = SECOND // 4
"""How late anything may be."""


class Watch:
    """Turns only while there are clients."""

    def __init__(self, clock: Clock, heartbeat: float, patience: float) -> None:
        self._clock = clock
        self._heartbeat, self._patience = int(heartbeat * SECOND), int(patience * SECOND)
        self._slots: dict[int, dict[Client, None]] = {}
        self._clients = 0
        self._turned = 0
        self._timer: Timer | None = None

    def add(self, client: Client, timeout: float | None) -> None:
        """Watch over `client`, which has to go after `timeout` seconds."""
        now = self._clock.monotonic()
        client.written_at = now
        client.due = None if timeout is None else now + int(timeout * SECOND)
        if not self._clients:
            self._turned = now // STEP
            self._arm()
        self._clients += 1
        self._place(client, self._next(client))

    def remove(self, client: Client) -> None:
        """`client` has gone."""
        if client.slot is not None:
            self._slots[client.slot].pop(client, None)
            client.slot = None
        self._clients -= 1
        if not self._clients and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._slots.clear()

    def _arm(self) -> None:
        self._timer = self._clock.call_at(self._clock.now() + STEP, self._turn)

    def _turn(self) -> None:
        self._arm()
        now = self._clock.monotonic()
        # Counted from where the wheel stood, since a busy machine skips steps.
        for slot in range(self._turned + 1, now // STEP + 1):
            for client in self._slots.pop(slot, ()):
                client.slot = None
                self._look(client, now)
        self._turned = now // STEP

    def _look(self, client: Client, now: int) -> None:
        if client.due is not None and now >= client.due:
            client.complete("timeout", "timeout")
        elif client.flow.write_paused:
            self._look_at_paused(client, now)
        else:
            client.paused_at = None
            if now >= self._heard(client) + self._heartbeat:
                client.send(frames.HEARTBEAT)
                client.written_at = now
        if client.ended is None:
            self._place(client, self._next(client))

    def _look_at_paused(self, client: Client, now: int) -> None:
        if client.paused_at is None:
            client.paused_at = now
        elif now >= client.paused_at + self._patience:
            client.fail("TOO_SLOW", "nothing was read for too long", COME_BACK)

    def _next(self, client: Client) -> int:
        if client.paused_at is None:
            when = self._heard(client) + self._heartbeat
        else:
            when = client.paused_at + self._patience
        return when if client.due is None else min(when, client.due)

    def _heard(self, client: Client) -> int:
        """When it was last written to."""
        group = client.group
        return max(client.written_at, group.flushed_at if group and client in group.live else 0)

    def _place(self, client: Client, when: int) -> None:
        # The step after: never too early. Nothing goes where the wheel has been.
        client.slot = max(when // STEP + 1, self._turned + 1)
        self._slots.setdefault(client.slot, {})[client] = None
