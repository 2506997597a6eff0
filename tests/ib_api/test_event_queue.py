import logging
import threading

import pytest

from ib_api.event_queue import EventQueue
from market.errors import BadRequest, NoPermission, RequestTimedOut
from market.events import Midpoint, StreamState
from market.instrument import Instrument
from market.wanted import WantedTicks

AAPL = Instrument(contract_id=1, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")


class Running:
    """A subscription that a test may end."""

    wanted = WantedTicks(instrument=AAPL)
    state: StreamState = "live"
    note = ""
    error: Exception | None = None

    def cancel(self) -> None:
        raise AssertionError("the queue is told how to end its stream")


def tick(price: float) -> Midpoint:
    return Midpoint(1, "SMART", 0, 0, price)


def queue_of(*prices: float, capacity: int = 10) -> tuple[EventQueue[Midpoint, Running], Running, list[str]]:
    running, ended = Running(), list[str]()
    queue: EventQueue[Midpoint, Running] = EventQueue(running, lambda: ended.append("ended"), capacity)
    for price in prices:
        queue.put(tick(price))
    return queue, running, ended


def test_events_are_given_out_in_order() -> None:
    queue, _, _ = queue_of(1, 2, 3)
    assert [queue.get(0).price for _ in range(3)] == [1, 2, 3]


def test_a_reader_waits_for_the_next_event_in_vain_only_for_so_long() -> None:
    queue, _, _ = queue_of()
    with pytest.raises(RequestTimedOut, match=r"within 0\.01 s"):
        queue.get(0.01)


def test_a_slow_reader_loses_the_oldest_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "ib_api.event_queue"):
        queue, _, _ = queue_of(1, 2, 3, 4, capacity=2)
    assert (queue.get(0).price, queue.dropped) == (3, 2)
    assert len(caplog.records) == 1


def test_what_ended_the_stream_is_raised_after_the_rest() -> None:
    queue, running, _ = queue_of(1)
    running.error = NoPermission("not allowed")
    assert queue.get(0).price == 1
    with pytest.raises(NoPermission, match="not allowed"):
        next(queue)


def test_a_waiting_reader_hears_of_the_end() -> None:
    queue, running, _ = queue_of()
    raised = list[Exception]()

    def read() -> None:
        try:
            next(queue)
        except NoPermission as error:
            raised.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    running.error = NoPermission("not allowed")
    queue.wake()
    reader.join(5)
    assert raised == [running.error]


def test_leaving_the_block_ends_stream_and_iteration_once() -> None:
    queue, _, ended = queue_of(1, 2)
    with queue:
        assert next(queue).price == 1
    queue.close()
    assert (list(queue), ended) == ([], ["ended"])
    with pytest.raises(BadRequest, match="closed"):
        queue.get(0)
