"""What a restart of ours must not forget, since IB does not: when rationed requests were sent.

One small JSON file per client id, in a folder per gateway, because the budget belongs to the login. It says
too what the program holds just now, for the command `quota` to read.
"""

import logging
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ib_api.scheduling.ask import Ask
from ib_api.scheduling.quota import Quota
from ib_api.scheduling.rules import REMEMBERED
from market.clock import Clock
from market.errors import SetupError
from market.times import SECOND

log = logging.getLogger("ib_api.scheduling")

_KEPT = REMEMBERED + 60 * SECOND
_OFTEN = SECOND
"""How often what is held is written down when nothing rationed is sent."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The file: the process, the time of writing (UTC nanoseconds), what it holds, and what it sent when."""

    pid: int
    time: int
    quota: Quota
    sent: list[tuple[int, Ask]] = []

    @property
    def running(self) -> bool:
        """Whether the program that wrote it still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def path_for(folder: Path, host: str, port: int, client_id: int) -> Path:
    """The file of a connection, in the folder of its gateway.

    >>> path_for(Path("data"), "127.0.0.1", 7497, 1).as_posix()
    'data/pacing/127.0.0.1_7497/1.json'
    """
    return folder / "pacing" / f"{host.replace(':', '.')}_{port}" / f"{client_id}.json"


def read(path: Path) -> Saved | None:
    """What a file says; `None`, and a line in the log, where it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except (OSError, msgspec.DecodeError) as error:
        log.warning("%s cannot be read (%s): what it remembered of IB's limits is lost", path, error)
        return None


class Memory:
    """Writes down what is sent before it is sent."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._sent: deque[tuple[int, Ask]] = deque()
        self._written = -_OFTEN
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"{path.parent} cannot be made ({error.strerror}); choose another data folder"
            ) from error

    def recall(self) -> Iterator[tuple[int, Ask]]:
        """What was sent to this gateway, by whichever client, with its time on our clock, oldest first."""
        wall, now = self._clock.now(), self._clock.monotonic()
        files = {path: read(path) for path in self._path.parent.glob("*.json")}
        if own := files.get(self._path):
            self._sent.extend(each for each in own.sent if wall - each[0] < _KEPT)
        everything = [each for saved in files.values() if saved for each in saved.sent]
        for when, ask in sorted(everything, key=lambda each: each[0]):
            # A time to come means that the machine's clock was put back: then it counts as sent just now.
            if wall - when < _KEPT:
                yield now - max(0, wall - when), ask

    def sending(self, ask: Ask) -> bool:
        """Remember it if IB will; answer whether that must be written down before it goes."""
        rationed = ask.small or ask.kind == "ticks"
        if rationed:
            self._sent.append((self._clock.now(), ask))
        return rationed

    def due(self, now: int) -> bool:
        """Whether it is time to write down what is held."""
        return now - self._written >= _OFTEN

    def write(self, quota: Quota, now: int) -> None:
        """Replace the file; one that cannot be written is told in the log and costs the memory only."""
        wall, self._written = self._clock.now(), now
        while self._sent and wall - self._sent[0][0] > _KEPT:
            self._sent.popleft()
        saved = Saved(pid=os.getpid(), time=wall, quota=quota, sent=list(self._sent))
        draft = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            draft.write_bytes(msgspec.json.encode(saved))
            draft.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written (%s): a restart will forget IB's limits", self._path, error)
