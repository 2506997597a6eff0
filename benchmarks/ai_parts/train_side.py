"""One side's turn at training, in a process of its own: ``train_side ours|plain BARS SECONDS`` prints JSON.

`rate` is scored targets (bars, each with all its columns) per second of steady training, `cpu_rate` the same
per second of processor time, `peak_mb` the most memory that the process ever had.
"""

import json
import resource
import sys
import time
from itertools import count
from typing import Protocol

from ai.data import Bars
from benchmarks.ai_parts.market import bars
from benchmarks.ai_parts.plain import Plain

WARM_UP = 2


class Side(Protocol):
    """Trains step by step."""

    def step(self, number: int) -> int: ...


class Ours:
    """As `ai.training` does it."""

    def __init__(self, made: Bars) -> None:
        from ai.features import features
        from ai.network import build
        from ai.scaling import Scaler
        from ai.targets import encode
        from ai.training import Config, batch_size, batches, chunks_of

        config = Config()
        x, y = Scaler.of_features(features(made)), Scaler.of_targets(encode(made))
        chunks = chunks_of(made, x, y, config.steps, config.score)
        self.batches = batches(chunks, batch_size(chunks, config), seed=1)
        self.model = build(chunks.x.columns, config.steps - 1, config.score, config.rate)

    def step(self, number: int) -> int:
        """Train on one batch; the answer is how many targets were scored."""
        x, y = self.batches[number % (len(self.batches) - 1)]
        self.model.train_on_batch(x, y)
        return int(y.shape[0] * y.shape[1])


def turn(name: str, rows: int, seconds: float) -> dict[str, float]:
    """Train for so long after the first steps."""
    side: Side = Ours(bars(rows)) if name == "ours" else Plain(bars(rows))
    for number in range(WARM_UP):
        side.step(number)
    scored, wall, cpu = 0, time.perf_counter(), time.process_time()
    for number in count(WARM_UP):
        scored += side.step(number)
        if time.perf_counter() - wall > seconds:
            break
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return {"rate": scored / wall, "cpu_rate": scored / cpu, "peak_mb": peak}


if __name__ == "__main__":
    print(json.dumps(turn(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
