"""A writer and a reader of one store at the same time, in two processes: 50,000 trades a second."""

import time
from typing import Any

import numpy as np

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.side import Side, Unsupported

BATCHES_PER_SECOND, BATCH = 50, 1_000
EACH = BATCH // data.TICK_CONTRACTS
START = data.END + data.OPENING
PAUSE = 0.005


def trades(number: int) -> Any:
    """The `number`-th batch: twenty trades of every contract, fifty batches to a second."""
    second, place = divmod(number, BATCHES_PER_SECOND)
    rows = data.batch(second, BATCH)
    ordinals = np.tile(place * EACH + np.arange(EACH, dtype=np.int32), data.TICK_CONTRACTS)
    return rows.set_column(2, data.TICKS.field("ordinal"), [ordinals])


def write(side: Side, seconds: float) -> dict[str, Any]:
    """Append at that pace, late rather than fewer; how many a second it came to."""
    given = [side.prepare("ticks", trades(n)) for n in range(int(seconds * BATCHES_PER_SECOND))]
    began = time.perf_counter()
    for n, batch in enumerate(given):
        time.sleep(max(0.0, began + n / BATCHES_PER_SECOND - time.perf_counter()))
        side.append(batch)
    return {"rows_per_second": len(given) * BATCH / (time.perf_counter() - began), "rows": len(given) * BATCH}


def read(side: Side, seconds: float) -> dict[str, Any]:
    """Ask for all of one contract again and again; every answer must hold whole batches and all of before."""
    if side.alone:
        raise Unsupported(side.alone)
    contract, known, times, failed, wrong = int(data.contracts(8)[7]), 0, list[float](), 0, 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            rows = side.trades(contract, START, START + data.DAY).num_rows
        except Exception:  # how often it fails is what is measured
            failed += 1
        else:
            times.append(time.perf_counter() - start)
            wrong += rows < known or rows % EACH != 0
            known = max(known, rows)
        time.sleep(PAUSE)
    # The first answer fills caches, as with every other question.
    return {"each": times[1:] or times, "failed": failed, "wrong": wrong, "rows": known}
