"""The market that every store is given: trades and one-minute bars in the order they came, and their files.

Made from a seed, so that every run asks the same. Times are UTC nanoseconds; as with IB, a trade has whole
seconds only, and trades of one second are told apart by their ordinal.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc

SECOND = 10**9
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
SESSION_SECONDS, SESSION_MINUTES = 23_400, 390
OPENING = 52_200 * SECOND  # 14:30 UTC
END = int(np.datetime64("2026-11-20", "ns").astype(np.int64))  # the last day, a Friday
TICK_CONTRACTS, TICK_DAYS, BAR_CONTRACTS, BAR_DAYS_MOST = 50, 20, 200, 252
FIRST_CONTRACT = 1_000_000

TICKS = pa.schema(
    [
        ("contract_id", pa.int32()),
        ("time", pa.timestamp("ns")),
        ("ordinal", pa.int32()),
        ("price", pa.float64()),
        ("size", pa.float64()),
        ("venue", pa.int8()),
        ("odd_lot", pa.int8()),
    ]
)
BARS = pa.schema(
    [
        ("contract_id", pa.int32()),
        ("time", pa.timestamp("ns")),
        *((name, pa.float64()) for name in ("open", "high", "low", "close", "volume", "average")),
        ("count", pa.int64()),
    ]
)
SCHEMAS = {"ticks": TICKS, "bars": BARS}
VENUES = (
    "ARCA",
    "BATS",
    "BYX",
    "DRCTEDGE",
    "EDGEA",
    "FINRA",
    "IEX",
    "ISLAND",
    "MEMX",
    "NYSE",
    "PEARL",
    "PSX",
)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Market:
    """How much there is: trades of 50 contracts on 20 days, bars of 200 contracts on `bar_days`."""

    rows: int

    @property
    def bar_days(self) -> int:
        return int(np.clip(self.rows // (BAR_CONTRACTS * SESSION_MINUTES), 3, BAR_DAYS_MOST))

    @property
    def tick_days(self) -> Ints:
        return weekdays(TICK_DAYS)

    @property
    def bar_dates(self) -> Ints:
        return weekdays(self.bar_days)

    @property
    def now(self) -> int:
        """A moment after the last session, which every store takes for the present."""
        return END + DAY


def weekdays(count: int) -> Ints:
    """The last `count` weekdays up to `END`, as the nanoseconds of their midnights.

    >>> [str(day.astype("datetime64[ns]"))[:10] for day in weekdays(6)][:2]
    ['2026-11-13', '2026-11-16']
    """
    last = np.datetime64(END, "ns").astype("datetime64[D]")
    days = np.busday_offset(last, np.arange(1 - count, 1))
    return np.asarray(days.astype("datetime64[ns]").astype(np.int64), np.int64)


def contracts(count: int) -> npt.NDArray[np.int32]:
    """The ids of the first `count` contracts."""
    return np.arange(FIRST_CONTRACT, FIRST_CONTRACT + count, dtype=np.int32)


def trades(market: Market) -> Iterator[pa.Table]:
    """The trades, a table for each day, as they came; the first contracts trade most."""
    random = np.random.default_rng(1)
    weights = 1 / np.arange(3, TICK_CONTRACTS + 3)
    grid = random.integers(2_000, 40_000, TICK_CONTRACTS)
    for day in market.tick_days:
        count = market.rows // TICK_DAYS
        second = np.sort(random.integers(0, SESSION_SECONDS, count))
        which = random.choice(TICK_CONTRACTS, count, p=weights / weights.sum())
        steps = random.choice([-1, 0, 0, 1], count)
        grid, price = _walk(grid, which, steps)
        size = random.choice([100, 100, 200, 300, 500, 1_000], count)
        odd = random.random(count) < 0.4
        size[odd] = random.integers(1, 100, int(odd.sum()))
        columns = {
            "contract_id": contracts(TICK_CONTRACTS)[which],
            "time": day + OPENING + second * SECOND,
            "ordinal": _ordinals(which, second),
            "price": price / 100,
            "size": size.astype(float),
            "venue": random.integers(0, len(VENUES), count).astype(np.int8),
            "odd_lot": odd.astype(np.int8),
        }
        yield _table(columns, TICKS)


def bars(market: Market) -> Iterator[pa.Table]:
    """The one-minute bars, a table for each day, minute by minute over all contracts."""
    random = np.random.default_rng(2)
    last = random.integers(2_000, 40_000, BAR_CONTRACTS)
    shape = (SESSION_MINUTES, BAR_CONTRACTS)
    for day in market.bar_dates:
        close = last + np.cumsum(random.integers(-4, 5, shape), axis=0)
        open_ = np.vstack([last[None], close[:-1]])
        high = np.maximum(open_, close) + random.integers(0, 4, shape)
        low = np.minimum(open_, close) - random.integers(0, 4, shape)
        volume = random.integers(1, 400, shape) * 100
        minutes = day + OPENING + np.arange(SESSION_MINUTES) * MINUTE
        columns = {
            "contract_id": np.tile(contracts(BAR_CONTRACTS), SESSION_MINUTES),
            "time": np.repeat(minutes, BAR_CONTRACTS),
            "open": open_.ravel() / 100,
            "high": high.ravel() / 100,
            "low": low.ravel() / 100,
            "close": close.ravel() / 100,
            "volume": volume.ravel().astype(float),
            "average": np.round((high + low + close).ravel() / 300, 3),
            "count": (volume // random.integers(50, 150, shape)).ravel() + 1,
        }
        last = close[-1]
        yield _table(columns, BARS)


def write(market: Market, folder: Path) -> None:
    """Put both tables into `folder`, once; a worker maps them into its memory."""
    for what, days in (("ticks", trades(market)), ("bars", bars(market))):
        with pa.ipc.new_file(str(folder / f"{what}.arrow"), SCHEMAS[what]) as writer:
            for day in days:
                writer.write_table(day)
    (folder / "market.json").write_text(json.dumps(asdict(market)))


def read(folder: Path) -> tuple[Market, dict[str, pa.Table]]:
    """What `write` wrote."""
    market = Market(**json.loads((folder / "market.json").read_text()))
    tables = {
        what: pa.ipc.open_file(pa.memory_map(str(folder / f"{what}.arrow"))).read_all() for what in SCHEMAS
    }
    return market, tables


def by_contract(table: pa.Table) -> pa.Table:
    """Sorted by contract; each contract's rows stay in their order, which is that of time."""
    return table.take(pa.array(np.argsort(table["contract_id"].to_numpy(), kind="stable")))


def parts(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each contract of a table that is sorted by contract."""
    ids = table["contract_id"].to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
    for first, last in pairwise(edges):
        yield int(ids[first]), table.slice(first, last - first)


def batch(number: int, rows: int) -> pa.Table:
    """The `number`-th batch of trades to append: as many of each contract, a second after the last batch."""
    each = max(1, rows // TICK_CONTRACTS)
    ids = np.repeat(contracts(TICK_CONTRACTS), each)[:rows]
    columns = {
        "contract_id": ids,
        "time": np.full(len(ids), END + OPENING + number * SECOND),
        "ordinal": np.tile(np.arange(each), TICK_CONTRACTS)[: len(ids)],
        "price": np.full(len(ids), 100 + number % 100 / 100),
        "size": np.full(len(ids), 100.0),
        "venue": np.zeros(len(ids), np.int8),
        "odd_lot": np.zeros(len(ids), np.int8),
    }
    return _table(columns, TICKS)


def update(number: int) -> pa.Table:
    """Six bars of each contract that end at the `number`-th new minute: five revised ones, one new."""
    minutes = END + OPENING + (SESSION_MINUTES + number + np.arange(-5, 1)) * MINUTE
    count = 6 * BAR_CONTRACTS
    close = 50 + number / 100
    values: dict[str, Any] = {
        name: np.full(count, close) for name in ("open", "high", "low", "close", "average")
    }
    columns = {
        "contract_id": np.tile(contracts(BAR_CONTRACTS), 6),
        "time": np.repeat(minutes, BAR_CONTRACTS),
        **values,
        "volume": np.full(count, 100.0),
        "count": np.full(count, 7),
    }
    return _table(columns, BARS)


def _walk(start: Ints, which: Ints, steps: Ints) -> tuple[Ints, Ints]:
    """Each contract's price after each of its steps, and where they all end."""
    price, end = np.empty(len(which), np.int64), start.copy()
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange(len(start) + 1))
    for n, (first, last) in enumerate(pairwise(edges)):
        rows = order[first:last]
        if len(rows):
            price[rows] = np.maximum(start[n] + np.cumsum(steps[rows]), 1)
            end[n] = price[rows[-1]]
    return end, price


def _ordinals(which: Ints, second: Ints) -> Ints:
    """The place of each trade among those of its contract and second."""
    order = np.lexsort((second, which))
    key = which[order] * SESSION_SECONDS + second[order]
    start = np.flatnonzero(np.insert(np.diff(key) != 0, 0, True))
    place = np.arange(len(key)) - np.repeat(start, np.diff(np.append(start, len(key))))
    found = np.empty(len(key), np.int64)
    found[order] = place
    return found


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    arrays = [pa.array(np.asarray(columns[field.name])).cast(field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)
