"""What a stream says of itself and of the line behind it: `info`, `gap`, `error`, `status`, `problem`."""

import re
from collections.abc import Mapping
from typing import Any

from ib_stream.wire.encoding import line, milliseconds
from market.events import ConnectionChanged, Problem
from market.times import iso

_NOTHING: Mapping[str, Any] = {}
_PATH = re.compile(r"(?<![\w/])/(?:[^\s/:;,'\"]+/)+[^\s:;,'\"]*")
_ACCOUNT = re.compile(r"\bD?[UF][A-Z]*\d{4,}[A-Z0-9]*\b|\bDUSIM\w+\b")


def info_line(
    topic: str, code: str, message: str, now: int, contract_id: int = 0, more: Mapping[str, Any] = _NOTHING
) -> bytes:
    """Something to know of a stream that goes on; `more` stands beside `message`."""
    head = {"type": "info", **_of(contract_id), "timestamp": milliseconds(now), "topic": topic}
    return line({**head, "code": code, "message": public(message), **more})


def gap_line(topic: str, start: int, end: int, reason: str, now: int, contract_id: int = 0) -> bytes:
    """Of the times [start, end) something may be missing from a stream, and will not come."""
    head = {"type": "gap", **_of(contract_id), "timestamp": milliseconds(now), "topic": topic}
    return line({**head, "from": iso(start), "to": iso(end), "reason": public(reason)})


def error_line(topic: str, code: str, message: str, details: str, now: int, contract_id: int = 0) -> bytes:
    """Why a stream ends."""
    head = {"type": "error", **_of(contract_id), "timestamp": milliseconds(now), "topic": topic}
    return line({**head, "error": {"code": code, "message": public(message), "details": public(details)}})


def status_line(event: ConnectionChanged | Problem) -> bytes:
    """How the line to the broker stands, or what the broker said of it."""
    if isinstance(event, ConnectionChanged):
        state = {"state": event.state, "reason": public(event.reason)}
        return line({"type": "status", "timestamp": milliseconds(event.received), "data": state})
    data: dict[str, Any] = {
        "code": event.code,
        "severity": event.severity,
        "message": public(event.message),
        "advice": public(event.advice),
        "count": event.count,
    }
    of = _of(event.contract_id or 0)
    return line({"type": "problem", **of, "timestamp": milliseconds(event.received), "data": data})


def public(text: str) -> str:
    """A text without account numbers and paths of this machine: clients may be anybody.

    >>> public("cannot write to /home/me/data/ib: full; account DU1234567")
    'cannot write to (a path): full; account (an account)'
    """
    return without_accounts(_PATH.sub("(a path)", text))


def without_accounts(text: str) -> str:
    """A text without account numbers."""
    return _ACCOUNT.sub("(an account)", text)


def _of(contract_id: int) -> dict[str, Any]:
    return {"contract_id": contract_id} if contract_id else {}
