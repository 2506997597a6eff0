import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ib_api.liveness import PROBE_SECONDS, Liveness, Stream
from market.clock import DrivenClock
from market.instrument import Instrument
from market.times import SECOND, parse
from market.wanted import OfInstrument, WantedTicks

OPENING = parse("2026-01-09T14:30:00Z")
CLOSE = parse("2026-01-09T21:00:00Z")


def wanted(symbol: str = "AAPL", contract_id: int = 265598) -> WantedTicks:
    return WantedTicks(
        instrument=Instrument(
            contract_id=contract_id,
            symbol=symbol,
            sec_type="STK",
            exchange="SMART",
            currency="USD",
            time_zone="US/Eastern",
            trading_hours="20260109:0930-20260109:1600;20260110:CLOSED",
            liquid_hours="20260109:0930-20260109:1600;20260110:CLOSED",
        )
    )


AAPL, MSFT = wanted(), wanted("MSFT", 272093)


class FakeLine:
    heard = 0


class Market:
    """Ticks at given times, streams that bring them until they are muted, a history that has them all."""

    def __init__(self, start: int = OPENING) -> None:
        self.clock = DrivenClock(start)
        self.ticks: dict[OfInstrument, list[int]] = {}
        self.muted: set[OfInstrument] = set()
        self.lines: dict[OfInstrument, FakeLine] = {}
        self.told: list[tuple[int, str, int]] = []
        self.doubts: list[tuple[int, str, int]] = []
        self.halted: set[str] = set()
        self.late, self.enough = 0, 1
        self.answer: Callable[[OfInstrument, int, int, int], Awaitable[bool | None]] = self._history
        self.liveness = Liveness(
            self.clock,
            self,
            lambda *question: self.answer(*question),
            self._streams,
        )

    def _streams(self) -> list[Stream]:
        return [
            Stream(key, line, key.instrument.symbol in self.halted, self.late, self.enough)
            for key, line in self.lines.items()
        ]

    async def _history(self, key: OfInstrument, since: int, until: int, enough: int) -> bool | None:
        ticks = self.ticks[key]
        position = bisect_right(ticks, since + 2 * SECOND)
        return bisect_right(ticks, until - 2 * SECOND) - position >= enough

    def renew(self, key: OfInstrument, since: int, reason: str) -> None:
        assert "was silent for" in reason
        self.told.append((self.seconds, key.instrument.symbol, since))
        self.open(key)

    def doubt(self, key: OfInstrument, since: int, reason: str) -> None:
        self.doubts.append((self.seconds, key.instrument.symbol, since))

    def line_is_dead(self, since: int, reason: str) -> None:
        assert "did not help" in reason
        self.told.append((self.seconds, "line", since))

    @property
    def seconds(self) -> int:
        return (self.clock.now() - OPENING) // SECOND

    def open(self, key: OfInstrument) -> None:
        self.lines[key] = FakeLine()

    async def run(self, seconds: int) -> None:
        """Second by second; what ticks in a second is heard at its end."""
        watch = asyncio.create_task(self.liveness.run())
        await asyncio.sleep(0)
        for _ in range(seconds):
            before = self.clock.now() - self.late
            self.clock.advance(SECOND)
            for key, ticks in self.ticks.items():
                position = bisect_right(ticks, self.clock.now() - self.late)
                if key not in self.muted and position and ticks[position - 1] > before:
                    self.lines[key].heard = ticks[position - 1]
            for _ in range(4):
                await asyncio.sleep(0)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def every(seconds: int, start: int = OPENING, end: int = CLOSE) -> list[int]:
    return list(range(start, end, seconds * SECOND))


async def test_a_muted_stream_is_asked_for_anew_and_says_from_when_on_things_are_missing() -> None:
    market = Market()
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.muted.add(AAPL)
    await market.run(15)
    [(when, symbol, since)] = market.told
    assert (symbol, since) == ("AAPL", OPENING + 1800 * SECOND)
    assert 1810 <= when <= 1812
    market.muted.clear()
    await market.run(1800)
    assert len(market.told) == 1


async def test_two_renewals_in_vain_make_the_line_dead_and_then_it_takes_ever_longer() -> None:
    market = Market()
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.muted.add(AAPL)
    await market.run(4 * 3600)
    assert [symbol for _, symbol, _ in market.told[:6]] == ["AAPL", "AAPL", "line"] * 2
    assert {since for *_, since in market.told} == {OPENING + 1800 * SECOND}
    waits = [later[0] - sooner[0] for sooner, later in zip(market.told, market.told[1:], strict=False)]
    assert waits[:4] == pytest.approx([120, 240, 480, 960], abs=2)


async def test_streams_that_fall_silent_together_are_renewed_together_on_one_proof() -> None:
    market = Market()
    for key in (AAPL, MSFT):
        market.ticks[key] = every(1)
        market.open(key)
    await market.run(1800)
    market.muted |= {AAPL, MSFT}
    await market.run(15)
    assert sorted(symbol for _, symbol, _ in market.told) == ["AAPL", "MSFT"]
    assert market.liveness.probes == 1


async def test_all_that_comes_by_a_dead_line_is_renewed_with_it() -> None:
    market = Market()
    quotes = WantedTicks(instrument=AAPL.instrument, tick_type="BidAsk", source="l1")
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.lines[quotes] = market.lines[AAPL]
    await market.run(5)
    market.muted.add(AAPL)
    await market.run(15)
    assert len(market.told) == 2
    assert len({since for *_, since in market.told}) == 1


async def test_a_slower_stream_of_the_same_contract_is_renewed_with_the_one_that_was_proved_dead() -> None:
    market = Market()
    quotes = WantedTicks(instrument=AAPL.instrument, tick_type="BidAsk")
    market.ticks |= {AAPL: every(60), MSFT: every(60), quotes: every(1)}
    for key in market.ticks:
        market.open(key)
    await market.run(1805)
    market.muted |= {AAPL, quotes}
    await market.run(15)
    assert [symbol for _, symbol, _ in market.told] == ["AAPL", "AAPL"]
    assert {since for *_, since in market.told} == {OPENING + 1800 * SECOND, OPENING + 1805 * SECOND}


async def test_no_alarm_for_a_halt_whether_we_know_of_it_or_not() -> None:
    market = Market()
    market.ticks[AAPL] = every(1, end=OPENING + 1800 * SECOND) + every(1, OPENING + 5400 * SECOND)
    market.open(AAPL)
    await market.run(1800)
    market.halted.add("AAPL")
    await market.run(1800)
    assert market.liveness.probes == 0
    market.halted.clear()
    await market.run(3600)
    assert market.told == []
    assert 1 <= market.liveness.probes <= 6


async def test_no_alarm_and_no_question_when_the_market_is_closed() -> None:
    market = Market(CLOSE - 600 * SECOND)
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(4 * 3600)
    assert (market.told, market.liveness.probes) == ([], 0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 1200), min_size=1, max_size=40))
def test_no_alarm_for_an_illiquid_name_whatever_its_gaps(gaps: list[int]) -> None:
    market = Market()
    at = OPENING
    market.ticks[AAPL] = [at := at + gap * SECOND for gap in gaps]
    market.open(AAPL)
    asyncio.run(market.run(3600))
    assert market.told == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 8), st.integers(900, 3000))
def test_a_liquid_stream_that_is_muted_is_found_within_the_bound(gap: int, when: int) -> None:
    market = Market()
    market.ticks[AAPL] = every(gap)
    market.open(AAPL)
    asyncio.run(market.run(when))
    market.muted.add(AAPL)
    asyncio.run(market.run(3 * gap + 12))
    assert [symbol for _, symbol, _ in market.told] == ["AAPL"]


async def test_a_sampled_stream_may_leave_out_a_few_ticks() -> None:
    market = Market()
    market.enough = 5
    market.ticks[AAPL] = every(1, end=OPENING + 1800 * SECOND) + every(60, OPENING + 1810 * SECOND)
    market.open(AAPL)
    await market.run(1805)
    market.muted.add(AAPL)
    await market.run(200)
    assert market.told == []
    await market.run(600)
    assert [symbol for _, symbol, _ in market.told] == ["AAPL"]


async def test_delayed_data_is_judged_by_its_own_time() -> None:
    market = Market(OPENING - 60 * SECOND)
    market.late = 900 * SECOND
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(3600)
    assert (market.told, market.liveness.probes) == ([], 0)
    market.muted.add(AAPL)
    await market.run(30)
    assert [symbol for _, symbol, _ in market.told] == ["AAPL"]


async def test_without_any_proof_a_busy_stream_is_renewed_only_when_there_is_no_doubt() -> None:
    async def nobody_knows(key: OfInstrument, since: int, until: int, enough: int) -> bool | None:
        return None

    market = Market()
    market.answer = nobody_knows
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.muted.add(AAPL)
    await market.run(100)
    [(when, *_)] = market.told
    assert 1840 <= when <= 1860


async def test_a_question_without_answer_ends_and_the_next_one_comes() -> None:
    async def never(key: OfInstrument, since: int, until: int, enough: int) -> bool | None:
        await asyncio.Event().wait()
        return True

    market = Market()
    market.answer = never
    market.ticks[AAPL] = []
    market.open(AAPL)
    await market.run(60 + 2 * 120)
    assert market.liveness.probes == 2
    assert market.told == []
    assert PROBE_SECONDS == 20


async def test_what_is_heard_while_the_question_is_under_way_settles_it() -> None:
    market = Market()

    async def slow(key: OfInstrument, since: int, until: int, enough: int) -> bool | None:
        market.lines[AAPL].heard = market.clock.now()
        return True

    market.answer = slow
    market.ticks[AAPL] = []
    market.open(AAPL)
    await market.run(70)
    assert market.liveness.probes == 1
    assert market.told == []


async def test_what_is_no_longer_wanted_is_not_watched() -> None:
    market = Market()
    market.ticks[AAPL] = []
    market.open(AAPL)
    await market.run(30)
    del market.lines[AAPL]
    await market.run(200)
    assert market.liveness.probes == 0


async def test_hours_that_cannot_be_read_are_unknown_and_new_ones_count_at_once() -> None:
    strange = WantedTicks(instrument=replace(AAPL.instrument, trading_hours="always-open"))
    market = Market(CLOSE)
    market.ticks[strange] = []
    market.open(strange)
    await market.run(70)
    assert market.liveness.probes == 1
    assert market.liveness.untold(CLOSE) == {strange.instrument}
    market.liveness.tell_hours(AAPL.instrument)
    assert market.liveness.untold(CLOSE) == set()
    await market.run(600)
    assert market.liveness.probes == 1


async def no_answer(key: OfInstrument, since: int, until: int, enough: int) -> bool | None:
    return None


async def test_a_suspicious_silence_that_ends_by_itself_unexplained_is_a_doubt() -> None:
    market = Market()
    market.answer = no_answer
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.muted.add(AAPL)
    await market.run(15)
    market.muted.clear()
    await market.run(60)
    assert market.told == []
    assert market.doubts == [(1816, "AAPL", OPENING + 1800 * SECOND)]


async def test_a_silence_of_the_market_itself_is_no_doubt() -> None:
    market = Market()
    market.ticks[AAPL] = [*every(1, end=OPENING + 1800 * SECOND), *every(1, OPENING + 1900 * SECOND)]
    market.open(AAPL)
    await market.run(2000)
    assert (market.told, market.doubts) == ([], [])
    assert market.liveness.probes > 0


async def test_a_stream_that_was_asked_for_anew_in_vain_is_a_doubt_until_it_speaks() -> None:
    market = Market()
    market.ticks[AAPL] = every(1)
    market.open(AAPL)
    await market.run(1800)
    market.muted.add(AAPL)
    await market.run(30)
    ((renewed, _, _),) = market.told
    assert market.doubts == []
    market.muted.clear()
    await market.run(30)
    ((when, symbol, since),) = market.doubts
    assert (symbol, since) == ("AAPL", OPENING + renewed * SECOND)
    assert 1830 <= when <= 1832
