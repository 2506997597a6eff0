"""IB's error codes: how bad, what they mean, what to do, and what they do to the request.

IB sends errors and notices through one callback. The texts here are ours; IB's own text is passed on beside
them. Codes that are not listed pass on as they are and are counted (`Routing.unknown_codes`). A user may add
rows and change them, see `ib_api.code_file`.
"""

from collections.abc import Iterable

from ib_api.codes.row import Effect, ErrorCode
from ib_api.error_table import ROWS
from ib_api.errors import NotSupported
from market.errors import (
    AmbiguousContract,
    NoData,
    NoPermission,
    PacingRefused,
    RequestFailed,
    RequestRejected,
)

__all__ = [
    "ERROR_CODES",
    "Effect",
    "ErrorCode",
    "advice",
    "describe",
    "error_class",
    "extend",
    "known",
    "lookup",
]

ERROR_CODES = {row.code: row for row in ROWS}

_NOTICES = range(2100, 2200)

_READ_ONLY = "untick Read-Only API in TWS: Global Configuration, API, Settings"
_LIVE_DATA = "subscribe to its live data in Client Portal"
_ADVICE: dict[tuple[int, type[RequestFailed]], str] = {
    (10189, NotSupported): "use the market-data line",
    (162, PacingRefused): "wait a minute, then ask again",
    (162, NoPermission): _LIVE_DATA,
    (162, NoData): "ask for another time or kind of data",
    (200, AmbiguousContract): "name exchange, currency and expiry, or the contract id",
    (420, NoPermission): _LIVE_DATA,
    (420, NoData): "ask for another kind of data",
    (10187, NoPermission): _LIVE_DATA,
    (10187, PacingRefused): "wait a minute, then ask again",
    (10187, NoData): "ask for another time",
}

# One code for several troubles; its text tells which. The first word that is found counts.
_BY_TEXT: dict[int, tuple[tuple[str, type[RequestFailed]], ...]] = {
    10189: (("not supported", NotSupported),),
    200: (("ambiguous", AmbiguousContract),),
}
_HISTORY = (
    ("pacing", PacingRefused),
    ("too many open", PacingRefused),
    ("no data", NoData),
    ("returned no", NoData),
    ("permission", NoPermission),
    ("subscri", NoPermission),
)
_BY_TEXT |= dict.fromkeys((162, 10187), _HISTORY)
_BY_TEXT[420] = (*_HISTORY, ("data for this contract", NoData))


def extend(rows: Iterable[ErrorCode]) -> None:
    """Add rows, or put them in the place of those there are, for this process."""
    ERROR_CODES.update({row.code: row for row in rows})


def known(code: int) -> bool:
    """Whether the table has a row for it."""
    return code in ERROR_CODES


def lookup(code: int) -> ErrorCode:
    """The row of a code.

    An unknown one fails its request, unless its number is among IB's warnings: a request that waits for an
    answer that will never come is worse than one that fails with IB's text.

    >>> lookup(10167).effect
    'none'
    """
    row = ERROR_CODES.get(code)
    if row is not None:
        return row
    if code in _NOTICES:
        return ErrorCode(
            code, "warning", "a notice that is not in the table", "read IB's text", "none", RequestRejected
        )
    return ErrorCode(
        code, "error", "a code that is not in the table", "read IB's text", "fail", RequestRejected
    )


def error_class(code: int, text: str) -> type[RequestFailed]:
    """What to raise: the row's class, except for codes that mean what only their texts tell apart."""
    said = text.lower()
    found = (kind for word, kind in _BY_TEXT.get(code, ()) if word in said)
    return next(found, lookup(code).error)


def describe(code: int, text: str) -> str:
    """IB's text, its code and what to do, in one line."""
    return f"IB says {code}: {text.strip().rstrip('.')}; {advice(code, text)}"


def advice(code: int, text: str) -> str:
    """What to do about a code that came with this text."""
    if code == 321 and "read-only" in text.lower():
        return _READ_ONLY
    return _ADVICE.get((code, error_class(code, text))) or lookup(code).advice
