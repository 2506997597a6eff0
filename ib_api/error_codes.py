"""IB's error codes: how bad, what they mean, what to do, and what they do to the request.

IB sends errors and notices through one callback. The texts here are ours; IB's own text is passed on beside
them. Codes that are not listed pass on as they are and are counted.
"""

from collections import Counter

from ib_api.error_table import ROWS, Effect, ErrorCode
from ib_api.errors import NotSupported
from market.errors import NoData, NoPermission, PacingRefused, RequestFailed, RequestRejected

__all__ = [
    "ERROR_CODES",
    "Effect",
    "ErrorCode",
    "advice",
    "describe",
    "error_class",
    "lookup",
    "unknown_codes",
]

ERROR_CODES = {row.code: row for row in ROWS}

_ADVICE: dict[tuple[int, type[RequestFailed]], str] = {
    (10189, NotSupported): "use the market-data line",
    (162, PacingRefused): "wait a minute, then ask again",
    (162, NoPermission): "subscribe to its live data in Client Portal",
    (162, NoData): "ask for another time or kind of data",
}

unknown_codes: Counter[int] = Counter()
"""How often a code came that the table does not know."""


def lookup(code: int) -> ErrorCode:
    """The row of a code; for an unknown one a row that fails the request, since IB's notices are all known.

    >>> lookup(10167).effect
    'none'
    """
    row = ERROR_CODES.get(code)
    if row is not None:
        return row
    unknown_codes[code] += 1
    if 2100 <= code < 2200:
        return ErrorCode(
            code, "warning", "a notice that is not in the table", "read IB's text", "none", RequestRejected
        )
    return ErrorCode(
        code, "error", "a code that is not in the table", "read IB's text", "fail", RequestRejected
    )


def error_class(code: int, text: str) -> type[RequestFailed]:
    """What to raise: the row's class, except that 162 and 10189 mean what only their texts tell apart."""
    said = text.lower()
    if code == 10189 and "not supported" in said:
        return NotSupported
    if code != 162:
        return lookup(code).error
    if "pacing" in said:
        return PacingRefused
    if "no data" in said or "returned no" in said:
        return NoData
    if "permission" in said or "subscri" in said:
        return NoPermission
    return RequestRejected


def describe(code: int, text: str) -> str:
    """IB's text, its code and what to do, in one line."""
    return f"IB says {code}: {text.strip().rstrip('.')}; {advice(code, text)}"


def advice(code: int, text: str) -> str:
    """What to do about a code that came with this text."""
    return _ADVICE.get((code, error_class(code, text))) or lookup(code).advice
