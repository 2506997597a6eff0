"""The lines of `check` about one contract: bars, ticks, depth, and what the account is entitled to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from cli.backfill_report import default_what
from cli.entitlements import Entitlements, Kind
from cli.stream import subscribe_ticks
from ib_api.ib_broker import IBBroker
from market import times
from market.bar_size import BarSize
from market.broker import BarRequest, TickSubscription
from market.errors import RequestFailed, TruetickError
from market.events import Bar, Problem, Tick, TickSource, TickType
from market.hours import closed_note
from market.instrument import Instrument
from market.wanted import WantedDepth

# A trade of fewer shares on average than this means that sizes come in lots of a hundred.
SHARES_PER_TRADE = 10
_WITHOUT_BOOK = ("IND",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check; `exit_code` is 0 where all is well or merely explained."""

    ok: bool
    text: str
    exit_code: int = 0
    entitled: dict[Kind, str] | None = None

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗' if self.exit_code else '–'} {self.text}"


async def check_contract(broker: IBBroker, instrument: Instrument, timeout: float) -> AsyncIterator[Finding]:
    """Every line about a contract, as it is found."""
    known = Entitlements(instrument)
    yield await _bar(broker, instrument, known)
    leave = broker.bus.subscribe(Problem, known.heard)
    try:
        yield await _tick(broker, instrument, timeout, known)
        await _line(broker, instrument, timeout, known)
        await _depth(broker, instrument, known)
    finally:
        leave()
    advice = f"; {known.advice}" if known.advice else ""
    text = f"{instrument.ticker} entitled: {known.text}{advice}"
    yield Finding(known.complete, text, entitled=dict(known.levels))


async def _bar(broker: IBBroker, instrument: Instrument, known: Entitlements) -> Finding:
    now = await broker.now()
    what = default_what(instrument.sec_type)
    request = BarRequest(BarSize.parse("1m"), now - times.DAY, now, what)
    try:
        bars = await broker.bars(instrument, request)
    except RequestFailed as error:
        known.refused("history", error)
        return Finding(False, f"{instrument.ticker} bars: {error}", error.exit_code)
    known.served("history")
    if not bars:
        return Finding(
            False, f"{instrument.ticker} bars: none in the last day; the market may have been closed"
        )
    last = f"last {times.iso(bars[-1].time)} {bars[-1].close}"
    return Finding(True, f"{instrument.ticker} bars: {len(bars)}, {last}{size_unit(instrument, bars)}")


def size_unit(instrument: Instrument, bars: Sequence[Bar]) -> str:
    """Whether volumes are in shares: TWS has a setting that sends lots of a hundred for US stocks."""
    volume = sum(bar.volume or 0 for bar in bars)
    count = sum(bar.count or 0 for bar in bars)
    if instrument.sec_type != "STK" or not count:
        return ""
    per_trade = volume / count
    if per_trade >= SHARES_PER_TRADE:
        return f"; sizes are in shares ({per_trade:.0f} a trade)"
    return f"; sizes look like lots ({per_trade:.1f} a trade): turn off 'Send market data in lots' in TWS"


async def _tick(broker: IBBroker, instrument: Instrument, timeout: float, known: Entitlements) -> Finding:
    name = f"{instrument.ticker} ticks"
    try:
        tick, subscription = await _first_tick(broker, instrument, "tbt", timeout, known)
    except TruetickError as error:
        if isinstance(error, RequestFailed):
            known.refused("L1", error)
        return Finding(False, f"{name}: {error}", error.exit_code)
    if tick is None:
        why = closed_note(instrument, await broker.now()) or "perhaps nobody trades just now"
        return Finding(False, f"{name}: none in {timeout:g} s; {why}")
    note = f" ({subscription.note})" if subscription.note else ""
    return Finding(True, f"{name}: {tick.data_type.label}, from {tick.source}{note}")


async def _line(broker: IBBroker, instrument: Instrument, timeout: float, known: Entitlements) -> None:
    """The market-data line, where the ticks have not come from it already."""
    if known.levels["L1"] != "unknown":
        return
    try:
        await _first_tick(broker, instrument, "l1", timeout, known)
    except RequestFailed as error:
        known.refused("L1", error)


async def _first_tick(
    broker: IBBroker, instrument: Instrument, source: TickSource, timeout: float, known: Entitlements
) -> tuple[Tick | None, TickSubscription]:
    """The first tick, `None` when none came in time, and the stream that it came by.

    Raise why there is no stream. What IB says of its freshness is noted even where no tick comes.
    """
    arrived: asyncio.Queue[Tick | Problem] = asyncio.Queue()
    leave = subscribe_ticks(broker.bus, arrived.put_nowait)
    leave_problems = broker.bus.subscribe(Problem, arrived.put_nowait)
    tick_type: TickType = "Last" if instrument.sec_type == "IND" else "BidAsk"
    try:
        subscription = await broker.stream(instrument, tick_type, source=source)
        try:
            async with asyncio.timeout(timeout):
                return await _tick_of(arrived, subscription), subscription
        except TimeoutError:
            return None, subscription
        finally:
            _note(subscription, known)
            subscription.cancel()
    finally:
        leave()
        leave_problems()


def _note(subscription: TickSubscription, known: Entitlements) -> None:
    if subscription.error is None and subscription.data_type is not None:
        known.served("tick-by-tick" if subscription.source == "tbt" else "L1", subscription.data_type)


async def _tick_of(arrived: "asyncio.Queue[Tick | Problem]", subscription: TickSubscription) -> Tick:
    """The first tick of a stream; raise why there will be none."""
    while subscription.error is None:
        event = await arrived.get()
        if not isinstance(event, Problem) and event.contract_id == subscription.instrument.contract_id:
            return event
    raise subscription.error


async def _depth(broker: IBBroker, instrument: Instrument, known: Entitlements) -> None:
    """Ask for one row of the book."""
    if instrument.sec_type in _WITHOUT_BOOK:
        known.levels["depth"] = "none"
        return
    wanted = WantedDepth(instrument=instrument, rows=1, smart=instrument.exchange == "SMART")
    try:
        subscription = await broker.subscribe(wanted)
    except RequestFailed as error:
        known.refused("depth", error)
        return
    if subscription.state == "live":
        known.served("depth")
    subscription.cancel()
