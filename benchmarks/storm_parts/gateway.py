"""The gateway's process: prints its port, leads the time, exports what happened when the client is done."""

import argparse
import asyncio
import json
import socket
import sys
from pathlib import Path

from benchmarks.storm_parts.market import storm_market
from benchmarks.storm_parts.pace import PacedClock, lead
from benchmarks.storm_parts.script import QUIET_END, script
from market.times import DAY, SECOND
from simulator.faults.board import Board
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Gateway
from simulator.truth import Journal, export
from simulator.truth.tables import COLUMNS

TABLES = tuple(name for name in COLUMNS if name != "lines")
"""A line is state: nothing of it is compared."""


async def serve(args: argparse.Namespace) -> None:
    model, clock = storm_market(args.seed, args.feed), PacedClock(args.start)
    for listing in model.listings:
        model.sessions(listing.instrument.contract_id, args.start, args.start + DAY)
    gateway = Gateway(model, clock, GatewayOptions(feed=args.feed))
    journal = Journal(gateway.services)
    port = await gateway.start()
    steps = script(args.seed, args.seconds, args.faults, (port, _free_port()))
    loud = (args.until - args.start) / SECOND - QUIET_END
    whole = args.until >= args.start + args.seconds * SECOND
    Board(gateway).play([each for each in steps if whole or each.at < loud])
    print(json.dumps({"port": port}), flush=True)
    with socket.socket(fileno=args.pace) as line:
        await lead(clock, line, args.speed)
    await gateway.stop()
    export(journal, args.truth, {"seed": args.seed, "speed": args.speed}, TABLES)
    journal.close()


def _free_port() -> int:
    """Where the gateway goes when it changes its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--feed", choices=["consistent", "tws"], required=True)
    parser.add_argument("--start", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--until", type=int, required=True)
    parser.add_argument("--faults", type=int, required=True)
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--pace", type=int, required=True)
    args = parser.parse_args()
    asyncio.run(serve(args))
    sys.stdout.close()


if __name__ == "__main__":
    main()
