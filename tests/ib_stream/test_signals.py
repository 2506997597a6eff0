import asyncio
import signal
from types import FrameType

from ib_stream.signals import announced


async def test_the_end_is_announced_and_the_handler_before_runs_too() -> None:
    handled, told = list[int](), asyncio.Event()

    def before(number: int, frame: FrameType | None) -> None:
        handled.append(number)

    old = signal.signal(signal.SIGTERM, before)
    try:
        with announced(told.set):
            signal.raise_signal(signal.SIGTERM)
            await told.wait()
        assert handled == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, old)


async def test_a_signal_that_ends_the_process_still_does() -> None:
    old = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with announced(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, old)


async def test_on_another_thread_nothing_is_touched() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def elsewhere() -> object:
        with announced(lambda: None):
            return signal.getsignal(signal.SIGTERM)

    assert await asyncio.to_thread(elsewhere) is before
