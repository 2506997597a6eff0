"""Which rows lie in which files.

::

    bars/<size>/<what>/<hours>/<period>.<generation>.parquet
    ticks/<kind>/<day>.<generation>.parquet

A folder is a *section*: all contracts together, in a file for each period. Ticks and bars below a minute have
a file per UTC day. Those below an hour have one per day for the newest days, which are read most and change
most, and one per month for all before; those below a day one per year, longer ones a single file. What is
recent depends on the rows alone, so the same rows always lie in the same files.
"""

import re
from datetime import date
from functools import lru_cache
from urllib.parse import quote, unquote

import msgspec
import numpy as np
import numpy.typing as npt

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours, TickType
from market.times import DAY

FOREVER = (-(2**63), 2**63 - 1)
# The newest days of a section that have files of their own.
RECENT_DAYS = 3
_NAME = re.compile(r"(\d{4}(?:-\d{2}){0,2}|all)\.(\d+)\.parquet")
GENERATION = re.compile(r"\.(\d+)\.parquet$")
_EPOCH = date(1970, 1, 1).toordinal()
# A file system that ignores case, as macOS has, would take a month for a minute.
_FOLDER_OF_SIZE = {"1M": "1month"}
_SIZE_OF_FOLDER = {folder: size for size, folder in _FOLDER_OF_SIZE.items()}

Ints = npt.NDArray[np.int64]


class BarSeries(msgspec.Struct, frozen=True):
    """Everything that identifies a bar but its time; `size` is our short name."""

    contract_id: int
    exchange: str
    size: str
    what: str = "TRADES"
    hours: Hours = "all"

    @property
    def section(self) -> str:
        """The folder of its files, which other contracts share."""
        size = _FOLDER_OF_SIZE.get(self.size, self.size)
        return f"bars/{size}/{quote(self.what, '')}/{self.hours}"

    @property
    def folder(self) -> str:
        """A name of its own in the shape of a path."""
        return f"{self.section}/{_contract(self.contract_id, self.exchange)}"


class TickSeries(msgspec.Struct, frozen=True):
    """Everything that identifies a tick but its data type, second and place in that second."""

    contract_id: int
    exchange: str
    kind: TickType

    @property
    def section(self) -> str:
        """The folder of its files, which other contracts share."""
        return f"ticks/{self.kind}"

    @property
    def folder(self) -> str:
        """A name of its own in the shape of a path."""
        return f"{self.section}/{_contract(self.contract_id, self.exchange)}"


Series = BarSeries | TickSeries


def parse_folder(folder: str) -> Series:
    """The series of that `folder`; raise `BadRequest` when it is none."""
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
            "size": BarSize.parse(size).name,
            "what": what,
            "hours": hours,
        }
        return msgspec.convert(found, BarSeries)
    except (ValueError, IndexError):
        raise BadRequest(f"{folder} is not a folder of this store; move it away") from None


@lru_cache(maxsize=65_536)
def series_in(section: str, contract_id: int, exchange: str) -> Series:
    """The series of a contract in a section."""
    return parse_folder(f"{section}/{_contract(contract_id, exchange)}")


def unit(section: str) -> str:
    """How much time a file covers, as a numpy unit; empty for all of it, ``M`` with days of its own."""
    if section.startswith("ticks/"):
        return "D"
    folder = section.split("/")[1]
    seconds = BarSize.parse(_SIZE_OF_FOLDER.get(folder, folder)).seconds
    return "D" if seconds < 60 else "M" if seconds < 3_600 else "Y" if seconds < 86_400 else ""


def stem_of_day(section: str, day: int, newest: int) -> str:
    """The name of the file for a day (since 1970) in a section whose newest row is of day `newest`."""
    of = unit(section)
    name = date.fromordinal(_EPOCH + day).isoformat()
    if of == "D" or (of == "M" and day > newest - RECENT_DAYS):
        return name
    return {"M": name[:7], "Y": name[:4], "": "all"}[of]


def file_name(stem: str, generation: int) -> str:
    """The name of a file that never changes: a later form of the same rows has a higher generation."""
    return f"{stem}.{generation:06d}.parquet"


def stem(name: str) -> str:
    """``2026-01-09`` of ``2026-01-09.000007.parquet``."""
    return name.split(".", 1)[0]


def span(name: str) -> tuple[int, int] | None:
    """The range [start, end) that a file of this name covers; `None` for a file that is not ours."""
    match = _NAME.fullmatch(name)
    return _span(match[1]) if match else None


@lru_cache(maxsize=65_536)
def _span(stem: str) -> tuple[int, int]:
    if stem == "all":
        return FOREVER
    year, month, day = ([int(part) for part in stem.split("-")] + [0, 0])[:3]
    first = date(year, month or 1, day or 1)
    if day:
        return _start(first), _start(first) + DAY
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return _start(first), _start(after)


def _start(day: date) -> int:
    return (day.toordinal() - _EPOCH) * DAY


def _contract(contract_id: int, exchange: str) -> str:
    if not exchange:
        raise BadRequest(f"contract {contract_id} has no exchange; a contract id alone is no route")
    return f"{contract_id}@{quote(exchange, '')}"
