"""What can go wrong, sorted by who must act.

::

    TruetickError                 exit code
    |- BadRequest                 2   the caller asked for something impossible
    |- SetupError                 2   this machine or its settings must be changed
    |- ConnectionFailed           3   nothing usable answers, or the line broke
    |- NoPermission               4   IB does not allow it for this account
    |- ContractNotFound           5   no contract fits
    |- AmbiguousContract          5   several fit: `.candidates` lists them
    |- RequestRejected            6   the other side refused the request, with its text
    |- PacingRefused              7   asked for too often
    |- NoData                     8   an honest "there is none"
    `- RequestTimedOut            8   nobody answered in time: neither data nor refusal

The other packages derive from these, so that one `except` and one table of exit codes serve all.
"""

from collections.abc import Sequence
from typing import ClassVar


class TruetickError(Exception):
    """The base of every error of ours; `str()` is one line that says what happened and what to do."""

    exit_code: ClassVar[int] = 1


class BadRequest(TruetickError, ValueError):
    """The arguments cannot be served by anyone, whatever the state of the line."""

    exit_code = 2


class SetupError(TruetickError):
    """A setting, a folder or an installation must be put right first."""

    exit_code = 2


class ConnectionFailed(TruetickError, ConnectionError):
    """There is no usable gateway, or the line to it broke."""

    exit_code = 3


class RequestFailed(TruetickError):
    """The broker answered a request with an error.

    `code` is IB's (0 where it gave none), `request_id` ours; both stand in the message already.
    """

    exit_code = 6

    def __init__(self, message: str, *, code: int = 0, request_id: int = -1) -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class NoPermission(RequestFailed):
    """IB does not entitle this account to the data."""

    exit_code = 4


class ContractNotFound(RequestFailed):
    """No contract fits the description."""

    exit_code = 5


class AmbiguousContract(RequestFailed):
    """More than one contract fits; `candidates` holds a line for each."""

    exit_code = 5

    def __init__(
        self, message: str, *, candidates: Sequence[str] = (), code: int = 0, request_id: int = -1
    ) -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.candidates = tuple(candidates)


class RequestRejected(RequestFailed):
    """The other side refused the request."""


class PacingRefused(RequestFailed):
    """The same thing was asked for too often, by us or by another program on this login."""

    exit_code = 7


class NoData(RequestFailed):
    """The request was fine and there is nothing to give."""

    exit_code = 8


class RequestTimedOut(RequestFailed, TimeoutError):
    """Nothing came in time; whether the request was served is unknown."""

    exit_code = 8
