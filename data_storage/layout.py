"""Which series lies in which files.

::

    bars/<size>/<what>/<hours>/<contract id>@<exchange>/<period>.parquet
    ticks/<kind>/<contract id>@<exchange>/<day>.parquet                   merged
    ticks/<kind>/<contract id>@<exchange>/<day>.<n>.part.parquet          appended since

Bars below a minute have a file per UTC day, up to a day one per month, longer ones a single file: a file is
rewritten when one of its bars changes, so it should stay below some 100,000 rows.
"""

import re
from urllib.parse import quote, unquote

import msgspec
import numpy as np
import numpy.typing as npt

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours, TickType

PART = ".part.parquet"
FOREVER = (-(2**63), 2**63 - 1)
_STEM = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?|all)\.")
# A file system that ignores case, as macOS has, would take a month for a minute.
_FOLDER_OF_SIZE = {"1M": "1month"}
_SIZE_OF_FOLDER = {folder: size for size, folder in _FOLDER_OF_SIZE.items()}


class BarSeries(msgspec.Struct, frozen=True):
    """Everything that identifies a bar but its time; `size` is our short name."""

    contract_id: int
    exchange: str
    size: str
    what: str = "TRADES"
    hours: Hours = "all"

    @property
    def folder(self) -> str:
        size = _FOLDER_OF_SIZE.get(self.size, self.size)
        return f"bars/{size}/{quote(self.what, '')}/{self.hours}/{_contract(self.contract_id, self.exchange)}"

    @property
    def unit(self) -> str:
        """How much time a file covers, as a numpy unit; empty for all of it."""
        seconds = BarSize.parse(self.size).seconds
        return "D" if seconds < 60 else "M" if seconds < 86_400 else ""


class TickSeries(msgspec.Struct, frozen=True):
    """Everything that identifies a tick but its data type, second and place in that second."""

    contract_id: int
    exchange: str
    kind: TickType

    @property
    def folder(self) -> str:
        return f"ticks/{self.kind}/{_contract(self.contract_id, self.exchange)}"

    @property
    def unit(self) -> str:
        return "D"


Series = BarSeries | TickSeries


def parse_folder(folder: str) -> Series:
    """The series behind a folder name relative to the store; raise `BadRequest` when it is none."""
    parts = [unquote(part) for part in folder.split("/")]
    contract_id, _, exchange = parts[-1].partition("@")
    try:
        if parts[0] == "ticks":
            return msgspec.convert(
                {"contract_id": int(contract_id), "exchange": exchange, "kind": parts[1]}, TickSeries
            )
        size, what, hours = _SIZE_OF_FOLDER.get(parts[1], parts[1]), parts[2], parts[3]
        found = {
            "contract_id": int(contract_id),
            "exchange": exchange,
            "size": size,
            "what": what,
            "hours": hours,
        }
        return msgspec.convert(found, BarSeries)
    except (ValueError, IndexError):
        raise BadRequest(f"{folder} is not a folder of this store; move it away") from None


def periods(series: Series, times: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """The file stem for each time."""
    if not series.unit:
        return np.full(len(times), "all")
    return times.astype("datetime64[ns]").astype(f"datetime64[{series.unit}]").astype(str)


def span(name: str) -> tuple[int, int] | None:
    """The range [start, end) that a file of this name covers; `None` for a file that is not ours."""
    match = _STEM.match(name)
    if match is None or not name.endswith(".parquet"):
        return None
    if match[1] == "all":
        return FOREVER
    first = np.datetime64(match[1])
    period = np.timedelta64(1, "M") if len(match[1]) == len("2026-01") else np.timedelta64(1, "D")
    return _nanoseconds(first), _nanoseconds(first + period)


def stem(name: str) -> str:
    """``2026-01-09`` of ``2026-01-09.parquet`` and of each of its parts."""
    return name.split(".", 1)[0]


def _nanoseconds(moment: np.datetime64) -> int:
    return int(moment.astype("datetime64[ns]").astype(np.int64))


def _contract(contract_id: int, exchange: str) -> str:
    if not exchange:
        raise BadRequest(f"contract {contract_id} has no exchange; a contract id alone is no route")
    return f"{contract_id}@{quote(exchange, '')}"
