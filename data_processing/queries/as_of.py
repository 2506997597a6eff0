"""What was known at a time: each row of one table beside the latest row of another.

IB stamps ticks with whole seconds, so a quote of a trade's own second may be younger than the trade. `strict`
takes only what is older, so that nothing comes from the future; without it the last of the same second
counts.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data_processing.reading import Readings
from market.errors import BadRequest
from market.times import SECOND


def as_of(
    left: pa.Table,
    right: pa.Table,
    columns: Sequence[str],
    *,
    max_age: float | None = None,
    strict: bool = True,
    suffix: str = "_as_of",
) -> pa.Table:
    """`left` with `columns` of the latest row of `right` before each row's time; nulls where there is none.

    Both are sorted by `time`. A row of `right` more than `max_age` seconds older does not count. A column
    that `left` has too gets the `suffix`; ``time_as_of`` says when the row of `right` was. Raise `BadRequest`
    for a negative `max_age`.
    """
    if max_age is not None and max_age < 0:
        raise BadRequest(f"max_age {max_age:g} is negative; give seconds, or None for any age")
    times, known = (np.asarray(each["time"].cast(pa.int64()).to_numpy()) for each in (left, right))
    place = np.searchsorted(known, times, side="left" if strict else "right") - 1
    missing = place < 0
    if max_age is not None and len(known):
        missing |= times - known[place] > int(max_age * SECOND)
    taken = right.select(["time", *columns]).take(pa.array(place, pa.int64(), mask=missing))
    for name in taken.column_names:
        taken_name = f"{name}{suffix}" if name in left.column_names else name
        left = left.append_column(taken_name, taken[name])
    return left


def trades_with_quotes(
    db: Readings,
    contract_id: int,
    exchange: str,
    start: int,
    end: int,
    *,
    max_age: float = 60.0,
    strict: bool = True,
) -> pa.Table:
    """The prints (`Last`) of [start, end) with the quote that stood before each: its bid, ask and sizes."""
    trades = db.ticks(contract_id, exchange, "Last", start, end)
    quotes = db.ticks(contract_id, exchange, "BidAsk", start - int(max_age * SECOND), end)
    names = ("bid", "ask", "bid_size", "ask_size")
    return as_of(trades, quotes, names, max_age=max_age, strict=strict)
