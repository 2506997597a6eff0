"""The AI beside the plain Keras script of the usual kind: training, memory, one forecast, a cold start.

Sides take turns, a process each. Needs the environment of the `ai` extra:

    .venv-ai/bin/python benchmarks/ai.py           about five minutes
    .venv-ai/bin/python benchmarks/ai.py --quick   under a minute on a quiet machine: the ratios say something

Both score every bar's open, high, low, close and volume, ours two more; the plain side passes 90 bars through
the network for each. The last line is one JSON object with every figure. Exit code 0 says that all was
measured, not that the aims are met.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from ai.artifacts import Models
from ai.pipelines.train import train_on
from ai.training import Config
from benchmarks.ai_parts import cold
from benchmarks.ai_parts.market import bars

ROOT = Path(__file__).parents[1]
Figures = dict[str, Any]


def side(module: str, *arguments: object) -> Figures:
    """What a process of its own says in its last line."""
    command = [sys.executable, "-m", f"benchmarks.ai_parts.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def training(rows: int, seconds: float, turns: int) -> Figures:
    """The median rates of both, by turns."""
    found: dict[str, list[Figures]] = {"ours": [], "plain": []}
    for _ in range(turns):
        for name, results in found.items():
            results.append(side("train_side", name, rows, seconds))
    figures: Figures = {
        name: {key: median(each[key] for each in results) for key in results[0]}
        for name, results in found.items()
    }
    return figures | {"times": figures["ours"]["rate"] / figures["plain"]["rate"]}


def memory(rows: int, seconds: float) -> Figures:
    """Peak memory of our training with some bars and with ten times as many."""
    few, many = (side("train_side", "ours", n, seconds)["peak_mb"] for n in (rows, 10 * rows))
    return {"rows": rows, "few_mb": few, "many_mb": many, "times": many / few}


def serving(count: int, turns: int, folder: Path) -> Figures:
    """One forecast, and the command from a cold start."""
    made = bars(10_000)
    models, data = folder / "models", folder / "data"
    train_on(made, fresh=True, config=Config(epochs=1), models=Models(models), say=lambda _: None)
    cold.fill(data, made)
    starts = [cold.turn(models, data) for _ in range(turns)]
    figures = side("serve_side", models, count)
    figures["cold"] = {key: median(each[key] for each in starts) for key in ("seconds", "peak_mb")}
    figures["cold"]["tensorflow"] = any(each["tensorflow"] for each in starts)
    figures["times"] = figures["predict"]["p50_ms"] / figures["window"]["p50_ms"]
    return figures


def table(found: Figures) -> str:
    """For people."""
    train, served = found["training"], found["serving"]
    lines = ["training                targets/s   per cpu s   peak MB"]
    for name in ("ours", "plain"):
        one = train[name]
        lines.append(f"  {name:20} {one['rate']:11,.0f} {one['cpu_rate']:11,.0f} {one['peak_mb']:9,.0f}")
    lines.append(f"  ours is {train['times']:.1f} times as fast")
    if space := found.get("memory"):
        few, many = space["few_mb"], space["many_mb"]
        lines.append(f"  ten times the bars: {few:,.0f} to {many:,.0f} MB, {space['times']:.2f} times")
    lines.append("one forecast               p50 ms      p99 ms  cpu p99 ms")
    rows = [(name, served[name]) for name in ("carried", "window", "predict")]
    for name, one in rows:
        lines.append(f"  {name:20} {one['p50_ms']:11.4f} {one['p99_ms']:11.4f} {one['cpu_p99_ms']:11.4f}")
    start = served["cold"]
    lines.append(
        f"  cold: {start['seconds']:.2f} s, {start['peak_mb']:.0f} MB, TensorFlow: {start['tensorflow']}"
    )
    return "\n".join(lines)


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under a minute")
    args = parser.parse_args()
    rows, seconds, turns = (20_000, 3.0, 1) if args.quick else (200_000, 10.0, 5)
    with tempfile.TemporaryDirectory() as folder:
        found = {"training": training(rows, seconds, turns)}
        if not args.quick:
            found["memory"] = memory(rows, seconds)
        found["serving"] = serving(300 if args.quick else 5_000, 1 if args.quick else 5, Path(folder))
    print(table(found))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
