"""What one forecast costs, in milliseconds: ``serve_side FOLDER COUNT`` prints JSON.

Ours take a bar and give prices and quantiles, scaling and its inverse included: from a window through ONNX
Runtime, and with a carried state. `predict` is Keras's `model.predict` of the same network on one window of
features that are scaled already.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ai.artifacts import KERAS, Models
from ai.data import Bars
from ai.serving import Live, Model
from ai.utils import keras
from benchmarks.ai_parts.market import bars


def percentiles(times: list[tuple[float, float]]) -> dict[str, float]:
    """The middle and the hundredth slowest in milliseconds, and the latter of the processor's time alone:
    on a machine that others use too, that is what the code takes."""
    wall, cpu = np.array(times).T * 1e3
    p50, p99 = np.percentile(wall, [50, 99]).tolist()
    return {"p50_ms": p50, "p99_ms": p99, "cpu_p99_ms": float(np.percentile(cpu, 99))}


def timed(
    action: Callable[[int], object], count: int, between: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """What `action` takes with 0 to `count` - 1; `between` them is what nobody waits for."""
    for number in range(20):
        action(number)
    found = []
    for number in range(20, 20 + count):
        between()
        start, cpu = time.perf_counter(), time.process_time()
        action(number)
        found.append((time.perf_counter() - start, time.process_time() - cpu))
    return percentiles(found)


def adder(live: Live, before: Bars, rows: list[tuple[Any, ...]]) -> Callable[[int], object]:
    """What makes a forecast after each of `rows`."""
    live.begin(before)
    return lambda number: live.add(*rows[number])


def turn(folder: Path, count: int) -> dict[str, dict[str, float]]:
    """All three ways, one after the other."""
    made = bars(1_000 + count + 20)
    columns = [each.tolist() for each in (made.time, made.open, made.high, made.low, made.close, made.volume)]
    rows = list(zip(*columns, strict=True))[1_000:]
    model = Model.load(Models(folder), "BENCH", "1m")
    # What it costs to let the network speak, whoever has won.
    model.card = msgspec.structs.replace(model.card, outcomes=())
    found = {}
    for name, carried in (("window", False), ("carried", True)):
        live = Live(model, carried=carried)
        found[name] = timed(adder(live, made[:1_000], rows), count, live.prepare)
    network = keras().models.load_model(Models(folder).path(model.card, KERAS))
    x = model.scaled(np.random.default_rng(1).normal(size=(1, model.card.steps, 10)))
    found["predict"] = timed(lambda _: network.predict(x, verbose=0), min(count, 200))
    return found


if __name__ == "__main__":
    print(json.dumps(turn(Path(sys.argv[1]), int(sys.argv[2]))))
