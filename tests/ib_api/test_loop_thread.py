import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from ib_api.errors import NotConnected
from ib_api.loop_thread import LoopThread
from market.errors import BadRequest


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    made = LoopThread("test-loop")
    yield made
    made.stop()
    assert "test-loop" not in {each.name for each in threading.enumerate()}


async def name_of_thread() -> str:
    return threading.current_thread().name


def test_work_runs_on_the_threads_own_loop_and_answers(thread: LoopThread) -> None:
    assert thread.call(name_of_thread()) == "test-loop"


async def test_a_loop_that_runs_here_already_is_not_in_the_way(thread: LoopThread) -> None:
    assert thread.call(name_of_thread()) == "test-loop"


def test_what_work_raises_is_raised_here(thread: LoopThread) -> None:
    async def fail() -> None:
        raise BadRequest("no")

    with pytest.raises(BadRequest, match="no"):
        thread.call(fail())


def test_the_loops_own_thread_is_told_instead_of_waiting_for_itself(thread: LoopThread) -> None:
    async def ask() -> str:
        return thread.call(name_of_thread())

    with pytest.raises(BadRequest, match="ask on another thread"):
        thread.call(ask())


def test_after_stop_nothing_is_taken(thread: LoopThread) -> None:
    thread.stop()
    thread.stop()
    thread.soon(name_of_thread())
    with pytest.raises(NotConnected, match="connect again"):
        thread.call(name_of_thread())


def test_who_waits_while_it_is_stopped_is_told(thread: LoopThread) -> None:
    async def stop_and_wait() -> None:
        stopping.start()
        await asyncio.Event().wait()

    stopping = threading.Thread(target=thread.stop)
    with pytest.raises(NotConnected, match="meanwhile"):
        thread.call(stop_and_wait())
    stopping.join()


def test_an_interrupt_cancels_what_is_waited_for(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> None:
    running, cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    def interrupted(_: object) -> None:
        assert running.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        thread.call(wait())
    assert cancelled.wait(5)
