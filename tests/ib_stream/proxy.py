"""A line that a test can cut: it passes bytes on to wherever its target is at present."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class Proxy:
    """Listens on `port`; where the `target` is None it hangs up on whoever comes."""

    def __init__(self, target: int | None) -> None:
        self.target = target
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._lines = set[asyncio.StreamWriter]()
        self._passing = set[asyncio.Task[None]]()

    def cut(self, target: int | None) -> None:
        """Break all lines; new ones lead to `target`."""

        def now() -> None:
            self.target = target
            for line in self._lines:
                line.transport.abort()

        self._loop.call_soon_threadsafe(now)

    @contextlib.contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Within the block it passes on."""
        begun, ended = threading.Event(), asyncio.Event()
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve(begun, ended)))
        thread.start()
        begun.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(ended.set)
            thread.join()
            self._loop.close()

    async def _serve(self, begun: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        begun.set()
        await ended.wait()
        server.close()
        for line in self._lines:
            line.transport.abort()
        await asyncio.gather(*self._passing)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.target is None:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._lines |= {writer, back}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, back))
                group.create_task(_copy(there, writer))
        finally:
            self._lines -= {writer, back}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
