import asyncio
import threading

import pytest

from ib_api.pending import Pending
from market.errors import BadRequest, NoData, RequestTimedOut


def later(call: object, *args: object) -> threading.Thread:
    assert callable(call)
    thread = threading.Thread(target=call, args=args)
    thread.start()
    return thread


def test_a_script_gets_the_answer_of_another_thread() -> None:
    pending = Pending[int]("question")
    thread = later(pending.resolve, 42)
    assert pending.result(5) == 42
    thread.join()


async def test_asyncio_gets_the_answer_of_another_thread() -> None:
    pending = Pending[int]("question")
    thread = later(pending.resolve, 42)
    assert await pending == 42
    thread.join()


async def test_an_error_is_raised_to_who_awaits() -> None:
    pending = Pending[int]("question")
    pending.fail(NoData("none"))
    with pytest.raises(NoData):
        await pending


def test_a_time_out_names_the_request_and_takes_it_back() -> None:
    taken_back = list[str]()
    pending = Pending[int]("bars of AAPL", 7, abandon=lambda: taken_back.append("yes"))
    with pytest.raises(RequestTimedOut, match=r"bars of AAPL got no answer within 0\.01 s") as raised:
        pending.result(0.01)
    assert (raised.value.request_id, taken_back) == (7, ["yes"])


async def test_a_time_out_in_asyncio_is_the_same_error() -> None:
    taken_back = list[str]()
    pending = Pending[int]("bars of AAPL", abandon=lambda: taken_back.append("yes"))
    with pytest.raises(RequestTimedOut, match="bars of AAPL"):
        await pending.within(0.01)
    assert taken_back == ["yes"]


async def test_a_cancelled_task_takes_the_request_back() -> None:
    taken_back = list[str]()
    pending = Pending[int]("question", abandon=lambda: taken_back.append("yes"))
    task = asyncio.ensure_future(pending.within(5))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (taken_back, pending.done()) == (["yes"], True)


async def test_several_may_await_one_answer() -> None:
    pending = Pending[int]("question")
    both = asyncio.gather(pending.within(5), pending.within(5))
    await asyncio.sleep(0)
    pending.resolve(1)
    assert sum(await both) == 2


def test_only_the_first_outcome_counts() -> None:
    pending = Pending[int]("question")
    pending.resolve(1)
    pending.fail(NoData("late"))
    pending.resolve(2)
    assert (pending.result(0), pending.cancel(), pending.answered) == (1, False, True)


def test_a_cancelled_request_has_no_answer() -> None:
    pending = Pending[int]("question")
    assert pending.cancel()
    pending.resolve(1)
    with pytest.raises(BadRequest, match="cancelled"):
        pending.result(0)
    assert not pending.answered


def test_the_reader_thread_never_waits_for_itself() -> None:
    pending = Pending[int]("question", reader=threading.current_thread)
    with pytest.raises(BadRequest, match="a callback cannot wait"):
        pending.result(5)


def test_an_answer_that_is_a_time_out_of_ib_keeps_its_text() -> None:
    pending = Pending[int]("question")
    pending.fail(RequestTimedOut("IB's own"))
    with pytest.raises(RequestTimedOut, match="IB's own"):
        pending.result(5)
