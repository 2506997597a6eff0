"""How soon a forecast follows its bar: the main job with trained models, behind a simulated gateway.

    .venv-ai/bin/python benchmarks/forecasts.py            five contracts, twenty minutes
    .venv-ai/bin/python benchmarks/forecasts.py --quick    three contracts, three minutes

Bars are fetched and models trained first, a minute for each contract. Then the main job streams, stores,
forecasts and serves; one client listens to forecasts and charts. Of each authoritative bar:

* stream, chart: from the gateway's write of history's answer to the client's read of the forecast, as an
  event of topic ``prediction`` and as a mark of the chart. The answer is decoded, stored, forecast from and
  sent in between.
* bell: from the end of the bar to the client's read. History is asked five seconds after the bell, one
  contract after the other.

The last line is one JSON object. Exit code 0 says that all was measured, not that the aims are met.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec
import numpy as np

from ai.artifacts import Models
from ai.pipelines.train import run_price_training
from ai.training import Config
from benchmarks.forecast_parts.answers import Answers, Content
from benchmarks.serving_parts.listener import listen
from benchmarks.serving_parts.market import crowd
from config.settings import Settings
from data_processing.timeseries_db import TimeseriesDB
from data_storage.columns import ints, numbers
from market.clock import RealClock
from market.errors import SetupError
from market.source import Source
from market.times import DAY, MINUTE, SECOND
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Gateway

ROOT = Path(__file__).parents[1]
RATE, DAYS, AIM_MS = 2.0, 4.0, 50.0
PATIENCE = 60.0
Key = tuple[int, int]
"""Contract and start of the last bar that a forecast knew, in seconds."""


class Heard:
    """What one client got, and when: (CLOCK_MONOTONIC, wall clock) in nanoseconds."""

    def __init__(self) -> None:
        self.stream = dict[Key, tuple[int, int]]()
        self.chart = dict[Key, tuple[int, int]]()
        self.champions = dict[int, dict[str, str]]()

    def take(self, _: bytes, data: bytes) -> None:
        """An event."""
        now, message = (time.monotonic_ns(), time.time_ns()), msgspec.json.decode(data)
        if message["type"] == "prediction":
            told = message["data"]
            self.stream.setdefault((message["contract_id"], told["after"]), now)
            self.champions[message["contract_id"]] = told["champions"]
        elif message["type"] == "mark" and message["data"].get("kind") == "forecast":
            self.chart.setdefault((message["contract_id"], message["data"]["time"] // SECOND), now)


async def measure(contracts: int, minutes: float, folder: Path) -> dict[str, Any]:
    """The figures of so many contracts and minutes."""
    model, clock = crowd(contracts, RATE), RealClock()
    for listing in model.listings:
        model.sessions(listing.instrument.contract_id, clock.now(), clock.now() + DAY)
    gateway = Gateway(model, clock, GatewayOptions(lenient=True))
    answers, port = Answers(gateway), await gateway.start()
    shared = ["--port", str(port), "--data-dir", str(folder / "data"), "--log-dir", str(folder / "logs")]
    symbols = [each.instrument.symbol for each in model.listings]
    try:
        await _run("main.py", "backfill", *symbols, "--bar-size", "1m", "--days", str(DAYS), *shared)
        await asyncio.to_thread(_train, folder, symbols)
        ids = [each.instrument.contract_id for each in model.listings]
        shared += ["--symbols", ",".join(symbols)]
        heard, asked = await _listened(folder, shared, ids, minutes)
    finally:
        await gateway.stop()
    return _judged(folder, model.source, heard, answers, asked)


def _train(folder: Path, symbols: Sequence[str]) -> None:
    for symbol in symbols:
        print(f"training {symbol}", file=sys.stderr, flush=True)
        settings, models = Settings(data_dir=folder / "data"), Models(folder / "models")
        run_price_training(settings, symbol, config=Config(epochs=5), models=models, say=lambda _: None)


async def _run(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
    if await process.wait():
        raise SetupError(f"{arguments[1]} failed; its words are above")


async def _listened(
    folder: Path, shared: Sequence[str], contracts: Sequence[int], minutes: float
) -> tuple[Heard, int]:
    """What came in that time, and the wall clock at its beginning."""
    place, heard = _free_port(), Heard()
    module = ("-m", "benchmarks.forecast_parts.job", str(folder / "models"))
    job = await asyncio.create_subprocess_exec(
        sys.executable, *module, "--serve", str(place), *shared, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        topics = ",".join(f"prediction:{each}:1m,chart:{each}" for each in contracts)
        client = await _joined(place, f"/stream?timeout=80000&topics={topics}", heard)
        began = time.time_ns()
        await asyncio.sleep(60 * minutes + 10)
        client.transport.close()
    finally:
        if job.returncode is None:
            job.terminate()
        await asyncio.wait_for(job.wait(), PATIENCE)
    return heard, began


async def _joined(port: int, path: str, heard: Heard) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return await listen(port, path, heard.take)
        except OSError:
            await asyncio.sleep(0.2)
    raise SetupError("the main job does not serve; its words are above")


def _judged(folder: Path, source: Source, heard: Heard, answers: Answers, began: int) -> dict[str, Any]:
    """Of each bar that was over after the client had joined."""
    late: dict[str, list[float]] = {"stream": [], "chart": [], "bell": []}
    bars = _stored(folder, source, list({contract for contract, _ in heard.stream}))
    for key, (read, wall) in heard.stream.items():
        bell = key[1] * SECOND + MINUTE
        written = answers.before(bars[key], read)
        if bell <= began or written is None or key not in heard.chart:
            continue
        late["stream"].append((read - written) / 1e6)
        late["chart"].append((heard.chart[key][0] - written) / 1e6)
        late["bell"].append((wall - bell) / SECOND)
    speaking = sorted({name for each in heard.champions.values() for name in each.values()})
    return {"forecasts": len(late["bell"]), "speaking": speaking} | {
        f"{name}_{unit}": _percentiles(late[name])
        for name, unit in (("stream", "ms"), ("chart", "ms"), ("bell", "s"))
    }


def _stored(folder: Path, source: Source, contracts: Sequence[int]) -> dict[Key, Content]:
    """The newest bars."""
    found = dict[Key, Content]()
    with TimeseriesDB.open(folder / "data", source) as db:
        for contract in contracts:
            table = db.last_bars(contract, "SMART", "1m", 100, what="TRADES", hours="all")
            columns = [numbers(table[name]).tolist() for name in ("open", "high", "low", "close")]
            for moment, o, h, low, c in zip(ints(table, "time").tolist(), *columns, strict=True):
                found[contract, moment // SECOND] = moment // SECOND, o, h, low, c
    return found


def _percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p99, worst = (round(float(each), 2) for each in np.percentile(values, [50, 99, 100]))
    return {"p50": p50, "p99": p99, "worst": worst}


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three contracts, three minutes")
    args = parser.parse_args()
    contracts, minutes = (3, 3.0) if args.quick else (5, 20.0)
    with tempfile.TemporaryDirectory(prefix="forecasts-") as name:
        try:
            found = asyncio.run(measure(contracts, minutes, Path(name)))
        except SetupError as error:
            sys.exit(f"forecasts: {error}")
    for name, value in found.items():
        print(f"{name:12}{value}")
    met = {each: found[f"{each}_ms"].get("p99", np.inf) <= AIM_MS for each in ("stream", "chart")}
    for each, good in met.items():
        print(f"{'met' if good else 'NOT MET'}: {each} p99 <= {AIM_MS:g} ms")
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "quick": args.quick}
    print(json.dumps({"benchmark": "forecasts", **machine, "contracts": contracts, **found, "aims": met}))


if __name__ == "__main__":
    main()
