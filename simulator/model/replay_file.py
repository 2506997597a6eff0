"""Read a file of bars, trades or quotes, and say exactly what is wrong with it when something is.

CSV (also gzipped) or Parquet. Columns are known by name, in any case and order; others are ignored.
The time is `time`, `date`, `datetime`, `timestamp` or `timestamp_utc`: ISO text, with an offset or naive in
the given zone, or a number of seconds, milli-, micro- or nanoseconds since 1970 (told apart by magnitude).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from market.errors import BadRequest, SetupError
from market.times import SECOND, from_datetime

T = TypeVar("T")
Kind = Literal["bars", "trades", "quotes"]

_TIMES = ("time", "date", "datetime", "timestamp", "timestamp_utc")
_NEEDED: Mapping[Kind, Sequence[str]] = {
    "bars": ("open", "high", "low", "close"),
    "quotes": ("bid", "ask"),
    "trades": ("price",),
}
_OPTIONAL: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    "bars": {"volume": ("volume",)},
    "quotes": {"bid_size": ("bid_size",), "ask_size": ("ask_size",)},
    "trades": {"size": ("size", "amount", "quantity", "qty", "volume")},
}
_FORMS = "time open high low close [volume], time price [size], or time bid ask"


class FileData(NamedTuple):
    """The file's columns: times in UTC nanoseconds as they stand there, numbers as floats."""

    path: Path
    kind: Kind
    times: Sequence[int]
    columns: Mapping[str, Sequence[float]]

    def where(self, row: int) -> str:
        """The place of a row, for an error message."""
        return _where(self.path, row)


def read_file(path: Path, zone: str) -> FileData:
    """Read a file; raise `SetupError` when it cannot be read, `BadRequest` when it makes no sense."""
    table = _table(path)
    kind = _kind(path, table)
    time_name = next((name for name in _TIMES if name in table), None)
    if time_name is None:
        raise BadRequest(
            f"{path}: no column for the time among {_names(table)}; name one of {' '.join(_TIMES)}"
        )
    here = ZoneInfo("UTC" if time_name == "timestamp_utc" else zone)
    times = _converted(path, table[time_name], "time", lambda text: _time(text, here))
    columns = {
        name: _converted(path, table[source], name, float) for name, source in _sources(kind, table).items()
    }
    data = FileData(path, kind, times, columns)
    _check(data)
    return data


def _table(path: Path) -> dict[str, Sequence[object]]:
    """Columns by lower-case name; of a CSV as the texts that stand there, so that no float is misread."""
    import pandas as pd

    if not {".csv", ".parquet", ".pq"} & set(path.suffixes):
        raise BadRequest(f"{path}: only .csv, .csv.gz and .parquet files can be replayed")
    try:
        if ".csv" in path.suffixes:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        else:
            frame = pd.read_parquet(path)
    except Exception as exc:  # whatever pandas and pyarrow say about a file, the user must mend the file
        raise SetupError(f"{path} cannot be read ({exc}); check that it exists and is whole") from exc
    return {str(name).strip().lower(): frame[name].tolist() for name in frame.columns}


def _names(table: Mapping[str, object]) -> str:
    return " ".join(repr(name) for name in table)


def _kind(path: Path, table: Mapping[str, object]) -> Kind:
    for kind, needed in _NEEDED.items():
        if all(name in table for name in needed):
            return kind
    raise BadRequest(f"{path}: the first line names {_names(table)}; it must name the columns {_FORMS}")


def _sources(kind: Kind, table: Mapping[str, object]) -> dict[str, str]:
    """Which column of the file holds which of ours."""
    found = {name: name for name in _NEEDED[kind]}
    for name, known in _OPTIONAL[kind].items():
        source = next((each for each in known if each in table), None)
        if source is not None:
            found[name] = source
    return found


def _converted(path: Path, values: Sequence[object], name: str, convert: Callable[[str], T]) -> Sequence[T]:
    result = []
    for row, value in enumerate(values):
        try:
            result.append(convert(str(value)))
        except (ValueError, OverflowError):
            place = _where(path, row)
            raise BadRequest(f"{place}: {value!r} is no {name}; correct or remove the line") from None
    return result


def _where(path: Path, row: int) -> str:
    return f"{path}, row {row}" if path.suffix in (".parquet", ".pq") else f"{path}, line {row + 2}"


def _time(text: str, zone: ZoneInfo) -> int:
    digits = text.strip().removesuffix(".0")
    if digits.isdecimal() and len(digits) > 8:
        number = int(digits)
        for unit in (SECOND, 1_000_000, 1_000):
            # 1e11 seconds are in the year 5138.
            if number < 10**11 * (SECOND // unit):
                return number * unit
        return number
    moment = datetime.fromisoformat(text.strip())
    return from_datetime((moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC))


def _check(data: FileData) -> None:
    if len(data.times) < 2:
        raise BadRequest(f"{data.path}: {len(data.times)} rows are too few to replay; give two or more")
    for row, (before, time) in enumerate(zip(data.times, data.times[1:], strict=False), start=1):
        if time < before or (time == before and data.kind == "bars"):
            what = "repeats" if time == before else "is before"
            raise BadRequest(
                f"{data.where(row)}: the time {what} the line above; sort by time, drop duplicates"
            )
    for name, column in data.columns.items():
        allows_zero = name in ("volume", "size", "bid_size", "ask_size")
        for row, value in enumerate(column):
            if not (0 <= value < float("inf")) or (value == 0 and not allows_zero):
                raise BadRequest(
                    f"{data.where(row)}: {name} is {value}; give a number above 0 or drop the line"
                )
    _check_order(data)


def _check_order(data: FileData) -> None:
    if data.kind == "quotes":
        for row, (bid, ask) in enumerate(zip(data.columns["bid"], data.columns["ask"], strict=True)):
            if bid > ask:
                raise BadRequest(f"{data.where(row)}: bid {bid} is above ask {ask}; drop the line")
    elif data.kind == "bars":
        for row, (first, high, low, last) in enumerate(
            zip(*(data.columns[name] for name in _NEEDED["bars"]), strict=True)
        ):
            if not low <= min(first, last) <= max(first, last) <= high:
                raise BadRequest(
                    f"{data.where(row)}: high {high} and low {low} do not hold open {first} and close {last};"
                    " correct or drop the line"
                )
