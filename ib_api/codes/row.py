"""What a row of the table says, and short ways to write the common ones."""

from typing import Literal, NamedTuple

from market.errors import NoPermission, PacingRefused, RequestFailed, RequestRejected
from market.events import Severity

Effect = Literal["none", "fail", "end", "renew"]
"""What becomes of the request or stream that a code is about.

``none``: it goes on; ``fail``: it was refused or has failed; ``end``: it ended as asked (a cancel confirmed);
``renew``: it was running, IB has cut it off, and it must be asked for again.
"""


class ErrorCode(NamedTuple):
    """A row of the table; `error` is what a request that fails with it raises."""

    code: int
    severity: Severity
    meaning: str
    advice: str
    effect: Effect
    error: type[RequestFailed]

    @property
    def stops(self) -> bool:
        """Whether the request or stream is over and nobody here has ended it."""
        return self.effect in ("fail", "renew")


def row(
    code: int,
    severity: Severity,
    effect: Effect,
    meaning: str,
    advice: str,
    error: type[RequestFailed] = RequestRejected,
) -> ErrorCode:
    """Any row."""
    return ErrorCode(code, severity, meaning, advice, effect, error)


def note(code: int, meaning: str, advice: str = "nothing") -> ErrorCode:
    """Something that is told and changes nothing."""
    return row(code, "info", "none", meaning, advice)


def warn(code: int, meaning: str, advice: str) -> ErrorCode:
    """Something that the user should look at; the request goes on."""
    return row(code, "warning", "none", meaning, advice)


def refuse(code: int, meaning: str, advice: str) -> ErrorCode:
    """A refusal that the caller can put right."""
    return row(code, "error", "fail", meaning, advice)


def deny(code: int, meaning: str, advice: str) -> ErrorCode:
    """A refusal for lack of a permission or subscription."""
    return row(code, "error", "fail", meaning, advice, NoPermission)


def pace(code: int, meaning: str, advice: str) -> ErrorCode:
    """A refusal because a quota is used up or something was asked for too often."""
    return row(code, "error", "fail", meaning, advice, PacingRefused)
