"""Hear of SIGTERM and SIGINT before the web server waits for all connections to close.

uvicorn closes its application down only after every response has ended, and a stream ends when it is told to.
So whoever runs streams has to know first: https://github.com/encode/uvicorn/issues/1579.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def announced(callback: Callable[[], None]) -> Iterator[None]:
    """In the block, run `callback` on the event loop at a signal, and then what would have been run anyway.

    A signal that nobody handles ends the process as ever. Signals are the main thread's; elsewhere this does
    nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in NUMBERS}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    chained = [number for number, handler in before.items() if callable(handler)]
    for number in chained:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in chained:
            if signal.getsignal(number) is heard:
                signal.signal(number, before[number])
