"""What bars are of: the words that bars, models and forecasts share."""

import msgspec
import numpy as np
import numpy.typing as npt

from market.events import Hours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
COLUMNS = ("open", "high", "low", "close", "volume")


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What bars are of; models carry it, and are refused for bars of anything else."""

    symbol: str
    size: str
    contract_id: int = 0
    exchange: str = ""
    what: str = "TRADES"
    hours: Hours = "all"
    source: str = "frame"
    time_zone: str = "UTC"
