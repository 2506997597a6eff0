"""The gateway's process: prints its port and its contracts, then for every line read what it has used so far.

It ends when its input ends.
"""

import argparse
import asyncio
import json
import resource
import sys
import time

from benchmarks.sim_parts.busy import busy
from market.clock import AcceleratedClock, Clock, DrivenClock
from market.times import parse
from simulator.gateway.contracts import expired_since
from simulator.gateway.hurry import hurry
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Gateway
from simulator.model import generated
from simulator.model.api import MarketModel

PAGE = resource.getpagesize()


def _resident() -> int:
    """Bytes of memory held at present."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def usage(clock: Clock) -> dict[str, float]:
    """CPU seconds of this process, its memory in bytes, the gateway's time."""
    return {"cpu": time.process_time(), "memory": _resident(), "now": clock.now()}


def market(ticks_per_second: float) -> MarketModel:
    if ticks_per_second:
        return busy(ticks_per_second)
    return generated(1, "consistent", always_open=False, entitlement="live")


async def serve(args: argparse.Namespace) -> None:
    model, start = market(args.busy), parse(args.start)
    clock: Clock = DrivenClock(start) if args.speed == "max" else AcceleratedClock(start, float(args.speed))
    for listing in model.listings:
        model.sessions(listing.instrument.contract_id, start, start + 1)
    if isinstance(clock, AcceleratedClock):
        clock = AcceleratedClock(start, clock.speed)
    # The limits are not what is measured here, and several kinds of tick of one contract are against them.
    options = GatewayOptions(lenient=True)
    gateway = Gateway(model, clock, options)
    port = await gateway.start()
    listings = [
        (each.instrument.contract_id, each.instrument.exchange, "TRADES" in each.what)
        for each in model.listings
        if each.head < start and not expired_since(each.instrument, start)
    ]
    print(json.dumps({"port": port, "listings": listings}), flush=True)
    driver = asyncio.create_task(hurry(gateway, clock)) if isinstance(clock, DrivenClock) else None
    over = asyncio.Event()

    def answer() -> None:
        if sys.stdin.readline():
            print(json.dumps(usage(clock)), flush=True)
        else:
            over.set()

    asyncio.get_running_loop().add_reader(sys.stdin, answer)
    await over.wait()
    if driver is not None:
        driver.cancel()
    await gateway.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--busy", type=float, default=0.0)
    parser.add_argument("--speed", default="1")
    parser.add_argument("--start", default="2026-01-09T17:00")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
