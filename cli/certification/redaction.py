"""Hide what is the user's own: accounts, holdings, orders, amounts. Kinds of values stay, values go.

What is shown is listed, what is not listed is hidden: a message that nobody foresaw tells nothing.
"""

import re
from collections.abc import Iterable, Sequence

from cli.certification.layouts import is_known, named
from cli.certification.tape import SESSION, Line

_SHOWN_OF_OURS = {
    3: set[str](),
    5: set[str](),
    6: {"version", "key", "currency"},
    7: {"version"},
    9: {"version"},
    11: {"request"},
    15: {"version"},
    54: {"version"},
    59: {"version"},
    61: {"version"},
    63: {"version", "request", "tag", "currency"},
    94: {"request"},
    95: {"request"},
    101: set[str](),
}
"""The fields that may be shown of messages about the account; all other known messages are public."""

_STATE_CODES = range(1100, 2200)
_ACCOUNT = re.compile(r"\bD?[UFI]{1,2}\d{5,}[A-Z]?\b")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_UNSET = ("2147483647", "9223372036854775807", "-9223372036854775808", "1.7976931348623157E308")
_FORMS = (
    ("number", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(E[-+]?\d+)?|-?Infinity|NaN", re.IGNORECASE)),
    ("date-time", re.compile(r"(19|20)\d{6}[- ]+\d\d:\d\d(:\d\d)?")),
    ("date-time with zone", re.compile(r"(19|20)\d{6}[- ]+\d\d:\d\d(:\d\d)? +\S+")),
)
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")


def form(text: str) -> str:
    """What kind of value a field has; a hidden one says it itself.

    >>> form("1.5"), form(""), form("1.7976931348623157E308"), form("20260102"), form("<text>")
    ('number', 'empty', 'unset', 'date', 'text')
    >>> form("20260102 09:30:00 US/Eastern")
    'date-time with zone'
    """
    if not text:
        return "empty"
    if text[0] == "<" and text[-1] == ">":
        return text[1:-1]
    if text in _UNSET:
        return "unset"
    if _DATE.fullmatch(text):
        return "date"
    return next((name for name, pattern in _FORMS if pattern.fullmatch(text)), "text")


def hidden(text: str) -> str:
    """A value's form in its place; what is empty or unset stays."""
    kind = form(text)
    return text if kind in ("empty", "unset") else f"<{kind}>"


def redacted(lines: Iterable[Line], version: int) -> list[Line]:
    """The lines without anything that is the user's own."""
    lines = list(lines)
    accounts = _accounts(lines)
    return [
        Line(
            line.seconds,
            line.sent,
            line.question,
            tuple(_clean(text, accounts) for text in _shown(line, version)),
        )
        for line in lines
    ]


def _shown(line: Line, version: int) -> Sequence[str]:
    if line.sent:
        return line.fields
    kind, fields = line.kind, line.fields
    if kind == 4:
        return _error(line, version)
    if not is_known(kind):
        return [fields[0], *map(hidden, fields[1:])]
    if kind not in _SHOWN_OF_OURS:
        return fields
    shown = _SHOWN_OF_OURS[kind]
    return [
        fields[0],
        *(each.text if each.name in shown else hidden(each.text) for each in named(fields, version)),
    ]


def _error(line: Line, version: int) -> Sequence[str]:
    """A text that answers no question of ours may be about orders, unless it tells of the line to IB."""
    values = dict(named(line.fields, version))
    code = values.get("code", "")
    if line.question != SESSION or (code.isdigit() and int(code) in _STATE_CODES):
        return line.fields
    shown = {"version", "code", "time"}
    return [
        line.fields[0],
        *(each.text if each.name in shown else hidden(each.text) for each in named(line.fields, version)),
    ]


def _accounts(lines: Sequence[Line]) -> set[str]:
    listed = [text for line in lines if line.kind == 15 and not line.sent for text in line.fields[2:]]
    return {account for text in listed for account in text.split(",") if account}


def _clean(text: str, accounts: set[str]) -> str:
    for account in accounts:
        text = text.replace(account, "<account>")
    return _ADDRESS.sub("<address>", _ACCOUNT.sub("<account>", text))
