"""A gateway that answers a broker from a table."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ib_api._ibapi import DEFAULT_MAX_VERSION
from ib_api.ib_broker import IBBroker
from market.clock import AcceleratedClock
from market.instrument import Instrument
from market.times import SECOND, parse
from tests.ib_api.gateway import Gateway, Peer, Script, error, message

VERSION = DEFAULT_MAX_VERSION
NOW = parse("2026-01-09T15:00:00Z")
AAPL = Instrument(contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")

Answers = dict[int, Callable[[list[str]], list[bytes]]]


def details(
    request_id: str, symbol: str, contract_id: int, exchange: str, currency: str, primary: str
) -> bytes:
    """Message 10 of a stock, in the layouts of 157 and 200."""
    head: list[object] = [10, request_id] if VERSION >= 164 else [10, 8, request_id]
    dates: list[object] = ["", ""] if VERSION >= 182 else [""]
    contract = [symbol, "STK", *dates, 0, "", exchange, currency, symbol, "NMS", "NMS", contract_id, 0.01]
    multiplier: list[object] = [""] if VERSION >= 164 else ["", 100]
    names = ["LMT,MKT", "SMART,NASDAQ", 1, 0, f"{symbol} INC", primary, "", "", "", "", "US/Eastern"]
    hours = ["20260109:0400-20260109:2000", "20260109:0930-20260109:1600", "", 0, 0, 1, "", "", "26,26", ""]
    tail: list[object] = ["COMMON", 1, 1, 100] if VERSION >= 164 else ["COMMON"]
    ineligible: list[object] = [0] if VERSION >= 186 else []
    return message(*head, *contract, *multiplier, *names, *hours, *tail, *ineligible)


def details_end(request_id: str) -> bytes:
    return message(52, 1, request_id)


def request_id(fields: list[str]) -> str:
    """Where each request has its id."""
    position = {"1": 2, "9": 2, "20": 1 if VERSION >= 124 else 2, "96": 1, "97": 1, "81": 1, "87": 1, "2": 2}
    return fields[position[fields[0]]]


def replies(fields: list[str], answers: Answers) -> list[bytes]:
    kind = int(fields[0])
    if kind == 49:
        return [message(49, 1, NOW // SECOND)]
    if kind == 105:
        return [message(109, NOW // 1_000_000)]
    return answers[kind](fields) if kind in answers else []


def gateway_of(answers: Answers, account: str = "DU1234567", seen: list[list[str]] | None = None) -> Script:
    def script(peer: Peer) -> None:
        peer.ready(VERSION, account)
        peer.send(error(VERSION, -1, 2104, "Market data farm connection is OK:usfarm"))
        peer.send(error(VERSION, -1, 2106, "HMDS data farm connection is OK:ushmds"))
        try:
            while True:
                fields = peer.request()
                if seen is not None:
                    seen.append(fields)
                peer.send(*replies(fields, answers))
        except (ConnectionError, TimeoutError):
            return

    return script


@asynccontextmanager
async def open_broker(answers: Answers, seen: list[list[str]] | None = None) -> AsyncIterator[IBBroker]:
    with Gateway(gateway_of(answers, seen=seen)) as gateway:
        # IB's pace is not what these tests are about.
        broker = await IBBroker.open(port=gateway.port, timeout=5, clock=AcceleratedClock(speed=200))
        try:
            yield broker
        finally:
            await broker.close()


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not claim():  # noqa: ASYNC110 - what is waited for happens on the other side of a socket
            await asyncio.sleep(0.001)
