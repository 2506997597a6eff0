"""The client's process: wants everything for a day, records it, and prints what it saw of itself."""

import argparse
import asyncio
import fcntl
import json
import logging
import resource
import socket
import struct
import sys
import termios
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.storm_parts.market import members
from benchmarks.storm_parts.pace import PacedClock, first_moment, follow
from benchmarks.storm_parts.turn import CLIENT_ID
from benchmarks.storm_parts.wants import names, wants
from data_processing import realtime_data
from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from ib_api.ib_broker import IBBroker
from market.clock import DrivenClock, sleep
from market.events import ConnectionChanged, Problem, StreamChanged
from market.times import SECOND, iso

ATTEMPT = 0.25
"""Seconds of the machine's own time that an attempt to connect may take: a minute of the market's."""

FLUSH_EVERY = 60 * SECOND
"""A flush a second would be 240 a second of ours, which no disk is asked for at a desk."""

Report = dict[str, Any]
log = logging.getLogger("storm")


class Seen:
    """What came over the bus that the comparison needs."""

    def __init__(self, broker: IBBroker, clock: DrivenClock) -> None:
        self.streams: list[list[object]] = []
        self.connections: list[tuple[int, str, str]] = []
        self.problems: Counter[str] = Counter()
        self._clock = clock
        broker.bus.subscribe(StreamChanged, self._on_stream)
        broker.bus.subscribe(ConnectionChanged, self._on_connection)
        broker.bus.subscribe(Problem, self._on_problem)

    def _on_stream(self, change: StreamChanged) -> None:
        stream = (change.contract_id, change.kind, change.source or "", change.state)
        self.streams.append([self._clock.now(), *stream, change.time, change.reason])

    def _on_connection(self, change: ConnectionChanged) -> None:
        self.connections.append((self._clock.now(), change.state, change.reason))

    def _on_problem(self, problem: Problem) -> None:
        self.problems[
            f"{problem.code} {problem.message[:60]}" if not problem.code else str(problem.code)
        ] += 1


def held() -> dict[str, int]:
    """Threads, sockets, resident memory (kB) and tasks of this process."""
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * resource.getpagesize() // 1024
    return {
        # Those of the loop's own pool come as they are needed and stay.
        "threads": sum(not each.name.startswith("asyncio_") for each in threading.enumerate()),
        "sockets": sum(each.is_socket() for each in Path("/proc/self/fd").iterdir()),
        "memory_kb": resident,
        "tasks": len(asyncio.all_tasks()),
    }


def unread(broker: "list[IBBroker]") -> bool:
    """Whether bytes of the gateway wait for the reader."""
    session = getattr(broker[0].connector, "_session", None) if broker else None
    line = getattr(session, "_line", None)
    try:
        waiting = fcntl.ioctl(line.fileno(), termios.FIONREAD, b"\0" * 4) if line is not None else b"\0" * 4
    except (OSError, ValueError):
        return False
    return bool(struct.unpack("i", waiting)[0])


async def run(args: argparse.Namespace) -> Report:
    line = socket.socket(fileno=args.pace)
    clock = PacedClock(await first_moment(line))
    made: list[IBBroker] = []
    pacing = asyncio.create_task(follow(clock, line, lambda: unread(made)))
    day = asyncio.create_task(_day(args, clock, made))
    try:
        # Without time nothing goes on: whichever ends first.
        await asyncio.wait([day, pacing], return_when=asyncio.FIRST_COMPLETED)
        if not day.done():
            pacing.result()
            raise ConnectionError("the gateway's process has ended")
        return day.result() | {"timers_failed": clock.failures}
    finally:
        line.close()
        pacing.cancel()
        day.cancel()


async def _day(args: argparse.Namespace, clock: DrivenClock, made: list[IBBroker]) -> Report:
    broker = await IBBroker.open(
        port=args.port, client_id=CLIENT_ID, timeout=ATTEMPT, clock=clock, wire_log=args.wire
    )
    made.append(broker)
    seen, start = Seen(broker, clock), clock.now()
    with TimeseriesDB.open(args.data, broker.source, write=True, clock=clock) as db:
        instruments = [await broker.resolve(str(each.listing.instrument.contract_id)) for each in members()]
        db.put_instruments(instruments)
        realtime_data.FLUSH_EVERY = FLUSH_EVERY
        realtime = RealTimeData(broker.bus, db, (), clock)
        refill = Refill(broker, db, clock, recorder=realtime.recorder)
        refill.start()
        realtime.start()
        declared = clock.now()
        wanted = wants(names(instruments), broker.account)
        tried = await asyncio.gather(*(broker.subscribe(each) for each in wanted), return_exceptions=True)
        subscriptions = [each for each in tried if not isinstance(each, BaseException)]
        await sleep(clock, 120)
        # In the midst of an outage there is no reader, and many tasks that ask again.
        while any(each.state not in ("live", "ended") for each in subscriptions):
            await sleep(clock, 1)
        at_start = held()
        # A kept bar is over when the next one has begun.
        await through(clock, args.until + 90 * SECOND, refill)
        await drained(refill, clock, args.drain)
        report = {
            "start": start,
            "declared": declared,
            "checked": clock.now(),
            "states": Counter(each.state for each in subscriptions),
            "notes": Counter(
                f"{type(each.wanted).__name__} {each.note}" for each in subscriptions if each.note
            ),
            "failed": Counter(str(each) for each in tried if isinstance(each, BaseException)),
            "pending": [str(each) for each in refill.pending],
            "held": [at_start, held()],
        }
        for each in subscriptions:
            each.cancel()
        await realtime.close()
        await refill.close()
    await broker.close()
    return report | {
        "counters": str(realtime.counters),
        "streams": seen.streams,
        "connections": seen.connections,
        "problems": seen.problems,
        "account": broker.account,
    }


async def through(clock: DrivenClock, end: int, refill: Refill) -> None:
    """Let the day pass, and say now and then where it is."""
    while clock.now() < end:
        await sleep(clock, min(600, (end - clock.now()) / SECOND))
        log.warning("%s: %d holes wait, %s", iso(clock.now()), len(refill.pending), held())


async def drained(refill: Refill, clock: DrivenClock, patience: float) -> None:
    """Wait until nothing waits to be filled in or to be compared, or so many seconds."""
    for _ in range(int(patience)):
        if not (refill.pending or refill.unproved):
            return
        await sleep(clock, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--until", type=int, required=True)
    parser.add_argument("--drain", type=float, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pace", type=int, required=True)
    parser.add_argument("--wire", type=Path, help="write down every message")
    parser.add_argument("--log", default="ERROR")
    args = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=args.log, format="%(levelname)s %(name)s %(message)s")
    log.setLevel(logging.WARNING)
    print(json.dumps(asyncio.run(run(args))), flush=True)


if __name__ == "__main__":
    main()
