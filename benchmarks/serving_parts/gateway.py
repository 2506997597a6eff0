"""The gateway's process: prints its port and its contracts, then answers a line with a line.

``streams``: how many it sends at present. ``notes PATH``: what it wrote when goes there. It ends when its
input ends.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.serving_parts import notes
from benchmarks.serving_parts.market import crowd
from market.clock import RealClock
from market.times import DAY, MINUTE, SECOND
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Connection, Gateway


class Observed:
    """A gateway whose ticks are noted as they leave."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._notings = dict[Connection, notes.Noting]()
        gateway.arrivals.append(self._greet)

    def answer(self, line: str) -> dict[str, Any]:
        """What a line of the input is answered with."""
        word, _, path = line.strip().partition(" ")
        if word == "streams":
            sessions = [each.session for each in self._gateway.connections]
            return {"streams": sum(len(self._gateway.services.flows.of(each)) for each in sessions)}
        notes.write(Path(path), self._noted())
        return {"notes": path}

    def _greet(self, connection: Connection) -> None:
        self._notings[connection] = connection.detour = notes.Noting(connection)

    def _noted(self) -> dict[int, notes.Notes]:
        """By contract, of the streams that run."""
        return {
            flow.contract_id: noting.streams[str(flow.request_id).encode()]
            for connection, noting in self._notings.items()
            for flow in self._gateway.services.flows.of(connection.session)
            if str(flow.request_id).encode() in noting.streams
        }


async def make_ahead(gateway: Gateway) -> None:
    """Make the next minute's ticks contract by contract during this minute, for ever.

    The market makes a minute at its beginning, all contracts at once, in which time nothing is sent: a real
    gateway has no such moment.
    """
    tape, clock = gateway.services.tape, gateway.services.clock
    contracts = [each.instrument.contract_id for each in gateway.services.model.listings]
    while True:
        start = (clock.now() // MINUTE + 1) * MINUTE
        for contract in contracts:
            for version in {each.session.version for each in gateway.connections}:
                tape.trades(contract, version, every=False)(start, start + MINUTE)
                tape.quotes(contract, version, "BID_ASK", ignore_size=False)(start, start + MINUTE)
            await asyncio.sleep((start - clock.now()) / SECOND / len(contracts) / 2)
        await asyncio.sleep(max(0.0, (start - clock.now()) / SECOND))


async def serve(args: argparse.Namespace) -> None:
    model, clock = crowd(args.contracts, args.rate), RealClock()
    for listing in model.listings:
        model.sessions(listing.instrument.contract_id, clock.now(), clock.now() + DAY)
    gateway = Gateway(model, clock, GatewayOptions(lines=args.lines))
    observed = Observed(gateway)
    port = await gateway.start()
    contracts = [each.instrument.contract_id for each in model.listings]
    print(json.dumps({"port": port, "contracts": contracts}), flush=True)
    over = asyncio.Event()

    def answer() -> None:
        if line := sys.stdin.readline():
            print(json.dumps(observed.answer(line)), flush=True)
        else:
            over.set()

    asyncio.get_running_loop().add_reader(sys.stdin, answer)
    ahead = asyncio.create_task(make_ahead(gateway))
    await over.wait()
    ahead.cancel()
    await gateway.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contracts", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--lines", type=int, required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
