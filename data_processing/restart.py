"""Until when a stream had come when the program that watched it ended without saying so."""

import numpy as np
import pyarrow as pa

from data_processing.stream_units import TICK_TYPES, is_line
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER
from data_storage.ledger import Span
from market.times import DAY


def last_tick(db: TimeseriesDB, live: Span, alive: int) -> int | None:
    """The time of the last tick that streamed and was stored; looked for up to a day before `alive`."""
    stream = live.stream
    if is_line(stream) or stream.kind not in TICK_TYPES:
        return None
    start = max(live.start, alive - DAY)
    table = db.ticks(stream.contract_id, stream.exchange, TICK_TYPES[stream.kind], start, FOREVER[1])
    times = table["time"].cast(pa.int64()).to_numpy()[np.asarray(table["source"].to_numpy()) == "tbt"]
    return int(times[-1]) if len(times) else None
