from threading import Event, Semaphore, active_count

from data_storage.log.timer import ThreadTimer

LONG = 60.0


def test_the_call_comes_once_for_many_times_armed() -> None:
    timer, called = ThreadTimer(0.001), Semaphore(0)
    timer.start(called.release)
    for _ in range(3):
        timer.arm()
    assert called.acquire(timeout=LONG)
    timer.close()


def test_what_arms_during_the_call_has_a_call_of_its_own() -> None:
    timer, begun, go_on = ThreadTimer(0.001), Semaphore(0), Event()

    def slow() -> None:
        begun.release()
        go_on.wait(LONG)

    timer.start(slow)
    timer.arm()
    assert begun.acquire(timeout=LONG)
    timer.arm()
    go_on.set()
    assert begun.acquire(timeout=LONG)
    timer.close()


def test_a_closed_timer_calls_no_more_and_leaves_no_thread() -> None:
    before = active_count()
    timer, calls = ThreadTimer(LONG), list[int]()
    timer.start(lambda: calls.append(1))
    timer.arm()
    timer.close()
    timer.arm()
    timer.close()
    assert calls == []
    assert active_count() == before


def test_a_close_at_the_moment_the_call_is_due_is_not_missed() -> None:
    timer, calls = ThreadTimer(0.0), list[int]()

    class ClosesJustAfter(Event):
        """The delay is over, nobody has closed; then somebody does, before the thread goes on."""

        def wait(self, timeout: float | None = None) -> bool:
            closed = super().wait(0)
            self.set()
            timer.arm()
            return closed

    timer._closed = ClosesJustAfter()
    timer.start(lambda: calls.append(1))
    timer.arm()
    assert timer._thread is not None
    timer._thread.join(LONG)
    assert not timer._thread.is_alive()
    assert calls == []
