"""`check`: is everything in order? Test calls, each ticked or explained, then a graceful disconnect.

For each contract it says what the account is entitled to, and what to subscribe to for the rest. With
`--report FILE` the same lines go to a file too, account numbers masked, ready for a bug thread.
"""

import argparse
import re
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

from cli.check_contract import Finding, check_contract
from cli.console import emit, emit_json, say
from cli.gateway import connected
from cli.parser import Command
from cli.version import versions
from config.settings import DEFAULT_WATCH, Loaded
from ib_api.ib_broker import IBBroker
from ib_api.ib_orders import IBOrders
from market import times
from market.errors import RequestFailed, SetupError

READ_ONLY = 321


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
        async for finding in check_contract(broker, instrument, timeout):
            yield finding


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
