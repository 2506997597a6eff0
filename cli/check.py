"""`check`: is everything in order? Test calls, each ticked or explained, then a graceful disconnect.

With `--report FILE` the same lines go to a file too, account numbers masked, ready for a bug thread.
"""

import argparse
import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.backfill import default_what
from cli.console import emit, emit_json, say
from cli.gateway import connected
from cli.parser import Command
from cli.stream import subscribe_ticks
from cli.version import versions
from config.settings import DEFAULT_WATCH, Loaded
from ib_api.ib_broker import IBBroker
from ib_api.ib_orders import IBOrders
from market import times
from market.bar_size import BarSize
from market.broker import BarRequest, TickSubscription
from market.errors import RequestFailed, SetupError, TruetickError
from market.events import Bar, Problem, Tick, TickType
from market.hours import closed_note
from market.instrument import Instrument

READ_ONLY = 321
# A trade of fewer shares on average than this means that sizes come in lots of a hundred.
SHARES_PER_TRADE = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check; `exit_code` is 0 where all is well or merely explained."""

    ok: bool
    text: str
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗' if self.exit_code else '–'} {self.text}"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the lines to a file, accounts masked"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    return _check(loaded, args)


async def _check(loaded: Loaded, args: argparse.Namespace) -> int:
    findings = []
    async with connected(loaded) as broker:
        async for finding in check(broker, loaded.settings.watch or DEFAULT_WATCH, loaded.settings.timeout):
            findings.append(finding)
            emit_json(finding) if args.json else emit(str(finding).encode())
    if args.report:
        write_report(args.report, findings)
    return max(finding.exit_code for finding in findings)


async def check(broker: IBBroker, symbols: tuple[str, ...], timeout: float) -> AsyncIterator[Finding]:
    """Every line of the check, in order, as it is found."""
    yield Finding(True, f"server version {broker.server_version}")
    accounts = ", ".join(broker.accounts)
    yield Finding(True, f"account {broker.account} ({broker.source.label}; the login has: {accounts})")
    yield await _read_only(broker, timeout)
    yield await _clock_offset(broker)
    for symbol in symbols:
        try:
            instrument = await broker.resolve(symbol)
        except RequestFailed as error:
            yield Finding(False, f"{symbol}: {error}", error.exit_code)
            continue
        yield Finding(True, f"{symbol}: {instrument.describe()}")
        for step in (_bar(broker, instrument), _tick(broker, instrument, timeout)):
            yield await step


async def _read_only(broker: IBBroker, timeout: float) -> Finding:
    try:
        await IBOrders(broker.connector).req_open_orders().within(timeout)
    except RequestFailed as error:
        if error.code != READ_ONLY:
            return Finding(False, f"open orders: {error}", error.exit_code)
        return Finding(True, "the API is read-only: data flows, orders are refused (TWS: API settings)")
    return Finding(True, "the API accepts orders; truetick itself sends none unless told to")


async def _clock_offset(broker: IBBroker) -> Finding:
    before = time.time_ns()
    offset = await broker.now() - (before + time.time_ns()) // 2
    return Finding(True, f"gateway's clock: {offset / times.SECOND:+.3f} s against this machine's")


async def _bar(broker: IBBroker, instrument: Instrument) -> Finding:
    now = await broker.now()
    what = default_what(instrument.sec_type)
    request = BarRequest(BarSize.parse("1m"), now - times.DAY, now, what)
    try:
        bars = await broker.bars(instrument, request)
    except RequestFailed as error:
        return Finding(False, f"{instrument.ticker} bars: {error}", error.exit_code)
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


async def _tick(broker: IBBroker, instrument: Instrument, timeout: float) -> Finding:
    arrived: asyncio.Queue[Tick | Problem] = asyncio.Queue()
    leave = subscribe_ticks(broker.bus, arrived.put_nowait)
    leave_problems = broker.bus.subscribe(Problem, arrived.put_nowait)
    tick_type: TickType = "Last" if instrument.sec_type == "IND" else "BidAsk"
    try:
        subscription = await broker.stream(instrument, tick_type)
    except TruetickError as error:
        return Finding(False, f"{instrument.ticker} ticks: {error}", error.exit_code)
    try:
        async with asyncio.timeout(timeout):
            tick = await _first_tick(arrived, subscription)
    except RequestFailed as error:
        return Finding(False, f"{instrument.ticker} ticks: {error}", error.exit_code)
    except TimeoutError:
        why = closed_note(instrument, await broker.now()) or "perhaps nobody trades just now"
        return Finding(False, f"{instrument.ticker} ticks: none in {timeout:g} s; {why}")
    finally:
        subscription.cancel()
        leave()
        leave_problems()
    note = f" ({subscription.note})" if subscription.note else ""
    return Finding(True, f"{instrument.ticker} ticks: {tick.data_type.label}, from {tick.source}{note}")


async def _first_tick(arrived: "asyncio.Queue[Tick | Problem]", subscription: TickSubscription) -> Tick:
    """The first tick of a stream; raise why there will be none."""
    while subscription.error is None:
        event = await arrived.get()
        if not isinstance(event, Problem) and event.contract_id == subscription.instrument.contract_id:
            return event
    raise subscription.error


def write_report(path: Path, findings: list[Finding]) -> None:
    """Write versions and findings with account numbers masked; raise `SetupError` if the file cannot be."""
    lines = [f"{name} {number}" for name, number in versions().items()]
    text = "\n".join([*lines, "", *map(str, findings)]) + "\n"
    try:
        path.write_text(masked_accounts(text))
    except OSError as error:
        raise SetupError(
            f"the report cannot be written to {path}: {error.strerror}; choose another place"
        ) from error
    say(f"report written to {path}")


def masked_accounts(text: str) -> str:
    """Hide what identifies a login; a simulated account is no secret.

    >>> masked_accounts("account DU1234567 (PAPER), U7654321, DUSIMC1H24")
    'account DU*****67 (PAPER), U*****21, DUSIMC1H24'
    """
    return re.sub(r"\b(D?[UFI]{1,2})(\d+)(\d\d)\b", lambda m: f"{m[1]}{'*' * len(m[2])}{m[3]}", text)


COMMAND = Command("check", "try every kind of call once and explain what does not work", _add_arguments, _run)
