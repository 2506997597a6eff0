"""The bars that both sides learn from."""

import numpy as np

from ai.data import Bars
from ai.meta import Meta
from market.source import Source
from market.times import DAY, MINUTE

SOURCE = Source.simulated(seed=1, feed="consistent", always_open=True)


META = Meta(symbol="BENCH", size="1m", contract_id=1, exchange="SMART", source=SOURCE.name)


def bars(count: int) -> Bars:
    """A random walk of one-minute bars around the clock."""
    random = np.random.default_rng(11)
    close = 100 * np.exp(np.cumsum(random.normal(0, 5e-4, count)))
    opens = np.concatenate([[100.0], close[:-1]])
    reach = np.exp(np.abs(random.normal(0, 3e-4, (2, count))))
    high, low = np.maximum(opens, close) * reach[0], np.minimum(opens, close) / reach[1]
    volume = np.exp(random.normal(8, 0.5, count))
    time = 19_000 * DAY + MINUTE * np.arange(count, dtype=np.int64)
    return Bars.from_columns(META, time, [opens, high, low, close, volume], tick=1e-4)
