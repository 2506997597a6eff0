"""Markets made by a seed, with known answers."""

import numpy as np

from ai.data import Bars
from ai.meta import Floats, Meta
from market.times import DAY, MINUTE

START = 19_800 * DAY


def bars_of(returns: Floats, *, seed: int = 0, volume: Floats | None = None, noise: float = 3e-4) -> Bars:
    """One-minute bars around the clock with these logarithmic returns; each opens at the close before."""
    random = np.random.default_rng([seed, 77])
    close = 100 * np.exp(np.cumsum(returns))
    opens = np.concatenate([[100.0], close[:-1]])
    reach = np.exp(np.abs(random.normal(0, noise, (2, len(returns)))))
    high, low = np.maximum(opens, close) * reach[0], np.minimum(opens, close) / reach[1]
    traded = np.exp(random.normal(8, 0.5, len(returns))) if volume is None else volume
    time = START + MINUTE * np.arange(len(returns), dtype=np.int64)
    meta = Meta(symbol="SEED", size="1m", contract_id=seed)
    return Bars.from_columns(meta, time, [opens, high, low, close, traded], tick=1e-4)


def walk(n: int, *, seed: int = 0, phi: float = 0.0, sigma: float = 5e-4) -> Bars:
    """Returns that follow the one before by `phi`; 0 is a random walk."""
    return bars_of(ar1(n, phi, seed) * sigma, seed=seed)


def ar1(n: int, phi: float, seed: int) -> Floats:
    """An autoregression of order one with unit shocks."""
    shocks = np.random.default_rng(seed).normal(size=n)
    found = np.empty(n)
    last = 0.0
    for row, shock in enumerate(shocks.tolist()):
        last = found[row] = phi * last + shock
    return found
