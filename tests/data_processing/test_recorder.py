import asyncio
import threading
from collections.abc import Sequence

import pytest

from data_processing.recorder import Recorder
from market.bus import EventBus
from market.clock import DrivenClock
from market.errors import SetupError
from market.events import Bar, Problem, Tick, TickType
from tests.fakes import T0, bar, quote, trade


class Disk:
    """A store that remembers what it was given and fails while `broken`."""

    def __init__(self) -> None:
        self.broken = False
        self.ticks = list[Tick]()
        self.bars = list[Bar]()
        self.cuts = list[int]()
        self.joined = list[tuple[int, int]]()
        self.threads = set[int]()

    def append_ticks(self, ticks: Sequence[Tick]) -> None:
        self._write()
        self.ticks += ticks

    def upsert_bars(self, bars: Sequence[Bar]) -> None:
        self._write()
        self.bars += bars

    def cut(self, contract_id: int | None = None, kind: TickType | None = None) -> None:
        self.cuts.append(len(self.ticks))

    def join(self, contract_id: int, exchange: str, kind: TickType, time: int) -> None:
        self.joined.append((len(self.ticks), time))

    def _write(self) -> None:
        self.threads.add(threading.get_ident())
        if self.broken:
            raise OSError(28, "No space left on device")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def recorder(disk: Disk, bus: EventBus) -> Recorder:
    return Recorder(disk, bus, DrivenClock(T0))


async def test_everything_taken_is_written_off_the_loop(recorder: Recorder, disk: Disk) -> None:
    ticks: list[Tick] = [trade(0, 1), quote(0, 1, 2), trade(0, 2), quote(1, 1, 2), trade(1, 3)]
    for tick in ticks:
        recorder.take_tick(tick)
    recorder.take_bar(bar())
    await recorder.close()
    assert [t for t in disk.ticks if type(t) is type(ticks[0])] == [ticks[0], ticks[2], ticks[4]]
    assert (len(disk.ticks), disk.bars, recorder.waiting) == (5, [bar()], 0)
    assert threading.get_ident() not in disk.threads
    assert (recorder.counters.flushed_ticks, recorder.counters.flushed_bars) == (5, 1)


async def test_a_failing_disk_loses_nothing_and_is_reported_once(
    recorder: Recorder, disk: Disk, bus: EventBus
) -> None:
    problems = list[Problem]()
    bus.subscribe(Problem, problems.append)
    disk.broken = True
    recorder.take_bar(bar())
    for second in range(3):
        recorder.take_tick(trade(second, second))
        await recorder.flush()
    assert (recorder.waiting, recorder.counters.failures) == (4, 3)
    disk.broken = False
    await recorder.flush()
    assert ([tick.time for tick in disk.ticks], disk.bars) == ([trade(s).time for s in range(3)], [bar()])
    assert [problem.severity for problem in problems] == ["error", "info"]
    assert "No space left" in problems[0].message


async def test_closing_on_a_failing_disk_says_what_is_lost(recorder: Recorder, disk: Disk) -> None:
    disk.broken = True
    recorder.take_tick(trade())
    with pytest.raises(SetupError, match="1 ticks and bars could not be stored"):
        await recorder.close()


async def test_a_series_that_fails_does_not_hold_up_the_others(recorder: Recorder, disk: Disk) -> None:
    class Picky(Disk):
        def append_ticks(self, ticks: Sequence[Tick]) -> None:
            if ticks[0].contract_id == 1:
                raise OSError("unlucky")
            super().append_ticks(ticks)

    recorder._store = picky = Picky()
    for tick in (trade(0, contract_id=1), trade(0), trade(86_400, contract_id=1)):
        recorder.take_tick(tick)
    await recorder.flush()
    assert (len(picky.ticks), recorder.waiting) == (1, 2)
    recorder._store = disk
    await recorder.flush()
    assert [tick.time for tick in disk.ticks] == [T0, T0 + 86_400 * 10**9]


async def test_the_latest_form_of_a_bar_is_written(recorder: Recorder, disk: Disk) -> None:
    for close, final in ((1.0, False), (2.0, True), (3.0, False)):
        recorder.take_bar(bar(close=close, final=final))
    await recorder.flush()
    assert [each.close for each in disk.bars] == [2]


async def test_a_cut_comes_between_the_ticks_around_it(recorder: Recorder, disk: Disk) -> None:
    recorder.take_tick(trade(0))
    recorder.take_tick(trade(1))
    recorder.cut()
    recorder.join(1, "SMART", "Last", T0)
    recorder.take_tick(trade(2))
    await recorder.flush()
    assert (disk.cuts, disk.joined) == ([2], [(2, T0)])


async def test_beyond_the_cap_ticks_are_counted_and_reported(disk: Disk, bus: EventBus) -> None:
    problems, lost = list[Problem](), list[tuple[Tick, Tick]]()
    bus.subscribe(Problem, problems.append)
    recorder = Recorder(disk, bus, DrivenClock(T0), cap=2)
    recorder.on_loss = lambda first, last: lost.append((first, last))
    for second in range(5):
        recorder.take_tick(trade(second))
    await recorder.flush()
    recorder.take_tick(trade(9))
    await recorder.flush()
    assert (len(disk.ticks), recorder.counters.dropped, disk.cuts) == (3, 3, [2])
    assert (len(problems), lost) == (1, [(trade(2), trade(4))])


async def test_samples_of_a_market_data_line_are_counted_only(recorder: Recorder, disk: Disk) -> None:
    recorder.take_tick(trade(source="l1"))
    await recorder.flush()
    assert (disk.ticks, recorder.counters.sampled) == ([], 1)


async def test_a_cancelled_flush_still_writes_everything_once(recorder: Recorder, disk: Disk) -> None:
    recorder.take_tick(trade())
    flush = asyncio.ensure_future(recorder.flush())
    await asyncio.sleep(0)
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    await recorder.close()
    assert len(disk.ticks) == 1
