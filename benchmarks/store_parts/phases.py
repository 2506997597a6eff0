"""The parts of the benchmark: each asks every store the same, taking turns, and gives plain figures."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.store_parts import data
from benchmarks.store_parts.turn import ROOT, Broken, worker, workers

Figures = dict[str, dict[str, Any]]
"""Store, figure, value."""
Say = Callable[[str], None]

# Stores that take minutes for a bulk load are loaded once.
ONCE = ("sqlite", "deltalake", "chdb", "pyarrow hive")
# A question is put no more to a store that has spent so much time on it.
PATIENCE = 20.0
PROCESS_SECONDS = 600


class WrongAnswer(Exception):
    """Two stores answered the same question differently, so their figures would mean nothing."""


@dataclass(frozen=True)
class Plan:
    """How much is measured, and where."""

    market: data.Market
    folder: Path
    rounds: int
    often: int
    seldom: int
    upserts: int
    appends: int
    live_seconds: float
    events: int
    say: Say

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def loaded(self) -> Path:
        return self.folder / "loaded"


def bulk(plan: Plan, sides: Sequence[str]) -> Figures:
    """Load both tables, best of the rounds; the last round's stores stay for the questions."""
    found: Figures = {side: defaultdict(list) for side in sides}
    for number in range(plan.rounds):
        for side in sides:
            if number and side in ONCE:
                continue
            shutil.rmtree(plan.loaded / side, ignore_errors=True)
            with worker(side, plan.loaded / side, plan.data) as each:
                for what in data.SCHEMAS:
                    answer = _good(side, each.ask("load", what=what))
                    found[side][what].append(answer["rows"] / answer["seconds"])
                    found[side][f"{what} bytes"] = (
                        _good(side, each.ask("disk", what=what))["bytes"] / answer["rows"]
                    )
            plan.say(f"bulk {number + 1}: {side}, " + _rates(found[side]))
    return found


def _rates(found: dict[str, Any]) -> str:
    return ", ".join(f"{what} {found[what][-1] / 1e6:.2f} M/s" for what in data.SCHEMAS)


def questions(plan: Plan) -> Iterator[tuple[str, str, list[int]]]:
    """What is asked: its name, the method, its values; the same in every run."""
    random, market = np.random.default_rng(3), plan.market
    forever = [0, 2**62]

    def contract(count: int) -> int:
        return int(random.choice(data.contracts(count)))

    for _ in range(plan.often):
        day = int(random.choice(market.tick_days))
        yield "trades, a day", "trades", [contract(data.TICK_CONTRACTS), day, day + data.DAY]
    for _ in range(plan.often):
        day = int(random.choice(market.bar_dates))
        yield "bars, a day", "bars", [contract(data.BAR_CONTRACTS), day, day + data.DAY]
    for _ in range(plan.often):
        yield "last 500 bars", "last_bars", [contract(data.BAR_CONTRACTS), 500]
    for _ in range(plan.seldom):
        yield "trades, all", "trades", [contract(data.TICK_CONTRACTS), *forever]
    for _ in range(plan.seldom):
        yield "bars, all", "bars", [contract(data.BAR_CONTRACTS), *forever]
    for name, days in (("recent minute", market.bar_dates[-2:]), ("old minute", market.bar_dates[:-25])):
        for _ in range(plan.seldom if len(days) else 0):
            minute = int(random.integers(data.SESSION_MINUTES)) * data.MINUTE
            yield name, "minute", [int(random.choice(days)) + data.OPENING + minute]
    for first in range(3):
        start, end = market.tick_days[first * 5], market.tick_days[first * 5 + 5]
        yield "candles of 5 days", "candles", [int(start), int(end)]


def queries(plan: Plan, sides: Sequence[str]) -> Figures:
    """Every question to every store, one after the other; milliseconds, p50 and p99."""
    times: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    with workers(list(sides), plan.loaded, plan.data) as asked:
        for number, (name, question, values) in enumerate(_warm_first(questions(plan))):
            answers = {}
            for side in _rotated(sides, number):
                if sum(times[side][name]) < PATIENCE:
                    answer = asked[side].ask("ask", question=question, values=values)
                    if "unsupported" not in answer:
                        answers[side] = _good(side, answer)
                        times[side][name].append(answer["seconds"])
            _agree(
                f"{name} {values}", {side: (each["rows"], each["check"]) for side, each in answers.items()}
            )
    # The first answer of each kind fills caches.
    found = {
        side: {name: spread(each[1:] or each) for name, each in kinds.items() if each}
        for side, kinds in times.items()
    }
    for side in sides:
        plan.say(
            f"queries: {side}, " + ", ".join(f"{name} {v['p50']:.2f}" for name, v in found[side].items())
        )
    return found


def _warm_first(asked: Iterator[tuple[str, str, list[int]]]) -> Iterator[tuple[str, str, list[int]]]:
    seen = set[str]()
    for name, question, values in asked:
        if name not in seen:
            seen.add(name)
            yield name, question, values
        yield name, question, values


def memory(plan: Plan, sides: Sequence[str]) -> Figures:
    """What a query of a whole history takes, as times its answer, in a process that asked little."""
    most, warm = data.FIRST_CONTRACT, data.FIRST_CONTRACT + data.TICK_CONTRACTS - 1
    found: Figures = {}
    for side in sides:
        with worker(side, plan.loaded / side, plan.data) as asked:
            answer = asked.ask("memory", question="trades", values=[most, 0, 2**62], warm=[warm, 0, 2**62])
        found[side] = {"memory": _good(side, answer)["bytes"] / answer["answer"]}
        plan.say(f"memory: {side} {found[side]['memory']:.2f} times its answer")
    return found


def upserts(plan: Plan, sides: Sequence[str]) -> Figures:
    """Six bars of each contract, again and again, into the full table; milliseconds."""
    times: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    with workers(list(sides), plan.loaded, plan.data) as asked:
        for number in range(plan.upserts):
            answers = {}
            for side in _rotated(sides, number):
                answer = asked[side].ask("upsert", number=number)
                if "unsupported" not in answer:
                    answers[side] = _good(side, answer)
                    times[side]["upsert"].append(answer["seconds"])
                    times[side]["with reading"].append(answer["with_reading"])
            _agree(
                f"upsert {number}", {side: (each["rows"], each["check"]) for side, each in answers.items()}
            )
    found = {side: {name: spread(each[1:]) for name, each in kinds.items()} for side, kinds in times.items()}
    plan.say("upserts: " + ", ".join(f"{side} {v['upsert']['p50']:.2f}" for side, v in found.items() if v))
    return found


def appends(plan: Plan, sides: Sequence[str]) -> Figures:
    """Durable appends of a thousand trades and of one, to empty stores; milliseconds."""
    found: Figures = {side: {} for side in sides}
    at_once, folder = max(1, plan.appends // 10), plan.folder / "appends"
    with workers(list(sides), folder, plan.data) as asked:
        for part, rows in enumerate((1_000, 1)):
            times: dict[str, list[float]] = defaultdict(list)
            for turn in range(plan.appends // at_once):
                for side in _rotated(sides, turn):
                    first = part * 10**4 + turn * at_once
                    times[side] += _good(
                        side, asked[side].ask("append", first=first, count=at_once, rows=rows)
                    )["each"]
            for side in sides:
                found[side][f"append {rows}"] = spread(times[side]) | {
                    "rate": rows / statistics.median(times[side])
                }
            plan.say(
                f"append {rows}: "
                + ", ".join(f"{side} {found[side][f'append {rows}']['p50']:.3f}" for side in sides)
            )
    shutil.rmtree(folder)
    return found


def live(plan: Plan, sides: Sequence[str]) -> Figures:
    """A reader beside a writer of 50,000 trades a second; milliseconds of the reads, and how many failed."""
    found: Figures = {}
    for side in sides:
        folder = plan.folder / "live"
        with worker(side, folder, plan.data) as writer:
            writer.start("live_write", seconds=plan.live_seconds + 2)
            time.sleep(1)
            found[side] = _live_read(side, folder, plan)
            found[side] |= _good(side, writer.finish())
        plan.say(f"live: {side}, " + str(found[side].get("p99") or found[side]))
        shutil.rmtree(folder)
    return found


def _live_read(side: str, folder: Path, plan: Plan) -> dict[str, Any]:
    try:
        with worker(side, folder, plan.data, read=True) as reader:
            answer = reader.ask("live_read", seconds=plan.live_seconds)
    except Broken as error:
        return {"refused": str(error)}
    if "each" not in answer:
        return {"refused": answer.get("unsupported") or answer.get("failed")}
    times = answer.pop("each")
    return answer | {"reads": len(times)} | (spread(times) if times else {})


def opening(plan: Plan) -> dict[str, Any]:
    """A store of a thousand files opened five times, each time by a new process; milliseconds."""
    folder = plan.folder / "many"
    _process("benchmarks.store_parts.opening", str(folder), "--make", "1000")
    runs = [_process("benchmarks.store_parts.opening", str(folder)) for _ in range(5)]
    shutil.rmtree(folder)
    found = {"files": runs[0]["files"]}
    for name in ("open", "first_answer"):
        found[name] = statistics.median(run[name] for run in runs) * 1e3
    plan.say(f"opening: {found}")
    return found


def bus(plan: Plan) -> dict[str, Any]:
    """Event objects from the bus to the disk, per second."""
    found: dict[str, Any] = _process("benchmarks.store_parts.bus", str(plan.folder / "bus"), str(plan.events))
    shutil.rmtree(plan.folder / "bus")
    plan.say(f"bus: {found['durable']:,.0f} events/s to the disk")
    return found


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: the median and what 99 of a hundred do not exceed.

    >>> spread([0.001, 0.002, 0.009])
    {'p50': 2.0, 'p99': 9.0, 'n': 3}
    """
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": round(statistics.median(ordered) * 1e3, 4), "p99": round(last * 1e3, 4), "n": len(ordered)}


def _process(module: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=PROCESS_SECONDS, check=False
    )
    if done.returncode:
        raise Broken(f"{module} ended with code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None


def _rotated(sides: Sequence[str], number: int) -> list[str]:
    first = number % len(sides)
    return [*sides[first:], *sides[:first]]


def _good(side: str, answer: dict[str, Any]) -> dict[str, Any]:
    if "failed" in answer or "unsupported" in answer:
        raise Broken(f"{side}: {answer.get('failed') or answer.get('unsupported')}")
    return answer


def _agree(question: str, answers: dict[str, Any]) -> None:
    if len({json.dumps(each) for each in answers.values()}) > 1:
        raise WrongAnswer(f"{question}: {answers}")
