"""`sim`: the simulated gateway on a port of its own, for any TWS client."""

import argparse
import asyncio
import math
from collections.abc import Awaitable
from pathlib import Path

from cli import sim_faults
from cli.console import say
from cli.parser import Command
from config.settings import Loaded
from market import times
from market.clock import AcceleratedClock, Clock, DrivenClock, RealClock
from market.errors import BadRequest


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--start", help="the gateway's time at its start, UTC (now; a replay: its file's end)"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        help="how many times as fast as real time (1); max: as fast as clients read",
    )
    parser.add_argument(
        "--24h", dest="always_open", action="store_true", help="every market open around the clock"
    )
    parser.add_argument(
        "--read-only", action="store_true", help="refuse orders as TWS's read-only setting does"
    )
    parser.add_argument(
        "--lenient", action="store_true", help="no limits: neither quotas nor pacing nor a message rate"
    )
    parser.add_argument("--lines", type=int, default=100, help="market-data lines of the account (100)")
    parser.add_argument(
        "--server-version", type=int, default=200, help="the newest it speaks, 151 to 200 (200)"
    )
    parser.add_argument(
        "--entitlement",
        choices=["live", "delayed", "none"],
        help="what the account may see, for every contract",
    )
    parser.add_argument(
        "--replay",
        action="append",
        default=[],
        metavar="SYMBOL=FILE",
        help="serve a CSV or Parquet file's market",
    )
    parser.add_argument(
        "--stamp", choices=["start", "end"], default="start", help="what the file's bar times mark"
    )
    parser.add_argument(
        "--truth", type=Path, metavar="DIR", help="at the end, export what happened to this new directory"
    )
    parser.add_argument("--zone", default="UTC", help="zone of the file's times where they have none (UTC)")
    sim_faults.add_arguments(parser)


def _speed(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; give a number, e.g. 60, or max") from None


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    return _serve(loaded, args)


async def _serve(loaded: Loaded, args: argparse.Namespace) -> int:
    from simulator.gateway.hurry import hurry
    from simulator.gateway.options import GatewayOptions
    from simulator.gateway.server import Gateway
    from simulator.model import generated, replayed
    from simulator.truth import Journal, export, prepare

    settings, script = loaded.settings, sim_faults.script(args)
    files = dict(_replay_pair(text) for text in args.replay)
    start = times.parse(args.start) if args.start else None
    if files:
        replay = replayed(
            files,
            stamp=args.stamp,
            zone=args.zone,
            seed=settings.seed,
            feed=settings.feed,
            entitlement=args.entitlement,
        )
        model, start = replay.market, replay.end if start is None else start
    else:
        model = generated(
            seed=settings.seed, feed=settings.feed, always_open=args.always_open, entitlement=args.entitlement
        )
    clock = _clock(start, args.speed)
    # Reading the exchanges' calendars takes a second or two: before the first client, not in its face.
    for listing in model.listings:
        model.sessions(listing.instrument.contract_id, clock.now(), clock.now() + times.DAY)
    options = GatewayOptions(
        feed=settings.feed,
        read_only=args.read_only,
        lenient=args.lenient,
        lines=args.lines,
        server_version=args.server_version,
    )
    gateway = Gateway(model, clock, options)
    if args.truth is not None:
        prepare(args.truth)
    journal = Journal(gateway.services) if args.truth is not None else None
    port = await gateway.start(settings.host, settings.gateway_port)
    say(
        f"simulated gateway on {settings.host}:{port}, account {model.source.account},"
        f" time {times.iso(clock.now())} at {_pace(args.speed)}; Ctrl-C ends it"
    )
    try:
        async with sim_faults.troubled(gateway, script, args):
            if isinstance(clock, DrivenClock):
                await hurry(gateway, clock)
            await asyncio.Event().wait()
    finally:
        await gateway.stop()
        if journal is not None:
            say(f"exporting what happened to {args.truth}")
            export(journal, args.truth, {"seed": settings.seed, "speed": _pace(args.speed)})
            journal.close()
    return 0


def _clock(start: int | None, speed: float) -> Clock:
    if math.isinf(speed):
        return DrivenClock(RealClock().now() if start is None else start)
    return RealClock() if start is None and speed == 1 else AcceleratedClock(start, speed)


def _pace(speed: float) -> str:
    return "full speed" if math.isinf(speed) else f"{speed:g}x"


def _replay_pair(text: str) -> tuple[str, Path]:
    symbol, separator, path = text.partition("=")
    if not (symbol and separator and path):
        raise BadRequest(f"--replay {text!r}: write SYMBOL=FILE, e.g. AAPL=bars.csv")
    return symbol, Path(path)


COMMAND = Command("sim", "run the simulated gateway on a port, for any TWS client", _add_arguments, _run)
