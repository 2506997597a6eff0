"""Ticks in the form in which they are stored, with the places that a test gives them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data_processing.given_tables import given_events
from data_storage.tables import TICKS
from market.events import Tick, TickType


def ticks_table(
    ticks: Sequence[Tick],
    kind: TickType,
    recording: int | Sequence[int],
    ordinals: Sequence[int],
    seen: Sequence[int],
    *,
    ids: bool = False,
) -> pa.Table:
    """One row per tick, in the order given, with `ids` as it is stored."""
    recordings = [recording] * len(ticks) if isinstance(recording, int) else recording
    places = {"ordinal": ordinals, "seen": seen, "recording": recordings}
    columns = {name: np.array(values, np.int64) for name, values in places.items()}
    table = given_events(ticks, kind).with_columns(**columns).complete()
    return table if ids else table.select(TICKS[kind].names)
