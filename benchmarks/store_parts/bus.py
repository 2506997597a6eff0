"""Trades per second from the bus to the disk: event objects, through the recorder, into the store, synced.

    python -m benchmarks.store_parts.bus FOLDER COUNT

One line of JSON: `publish` is the share of the loop's thread alone, `durable` the whole way.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.ours import EXCHANGE, SOURCE
from data_processing.recorder import Recorder
from data_processing.timeseries_db import TimeseriesDB
from market.bus import EventBus
from market.clock import RealClock
from market.events import Trade

# What half a second brings when it is busy; the main job flushes as often.
FLUSH_EVERY = 25_000


def trades(count: int) -> list[Trade]:
    """As they come from fifty busy contracts, a thousand a second."""
    ids = [int(each) for each in data.contracts(data.TICK_CONTRACTS)]
    start = data.END + data.OPENING
    return [
        Trade(
            ids[n % 50],
            EXCHANGE,
            start + n // 1_000 * data.SECOND,
            start + n * 10**6,
            100 + n % 100 / 100,
            100.0,
        )
        for n in range(count)
    ]


async def measure(db: TimeseriesDB, given: Sequence[Trade]) -> dict[str, float]:
    """Publish all, flush as the main job does, and wait for the disk."""
    bus = EventBus()
    recorder = Recorder(db, bus, RealClock())
    bus.subscribe(Trade, recorder.take_tick)
    began, publishing = time.perf_counter(), 0.0
    for first in range(0, len(given), FLUSH_EVERY):
        start = time.perf_counter()
        bus.publish_all(given[first : first + FLUSH_EVERY])
        publishing += time.perf_counter() - start
        await recorder.flush()
    await recorder.close()
    db.sync()
    whole = time.perf_counter() - began
    return {"publish": len(given) / publishing, "durable": len(given) / whole, "events": len(given)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    with TimeseriesDB.open(args.folder, SOURCE, write=True) as db:
        print(json.dumps(asyncio.run(measure(db, trades(args.count)))))


if __name__ == "__main__":
    main()
