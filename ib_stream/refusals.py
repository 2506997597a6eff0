"""What the server answers when it does not do what was asked: an HTTP status and an object that says why.

::

    400 INVALID_PARAMETER, AMBIGUOUS_CONTRACT       404 CONTRACT_NOT_FOUND, NO_DATA, NO_SUCH_STREAM, NOT_FOUND
    401 TOKEN_NEEDED                                429 TOO_MANY_STREAMS, TOO_MANY_REQUESTS, PACING
    403 HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED,       500 INTERNAL_ERROR
        NO_PERMISSION                               502 REJECTED
    405 METHOD_NOT_ALLOWED                          503 TWS_UNAVAILABLE, SHUTTING_DOWN
    409 NO_TOKEN_SET                                504 TIMED_OUT

The object is that of an `error` event, so that a client reads both alike. `details` says what to do.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ib_stream.feeds.errors import TooManyStreams
from market import errors, times
from market.errors import TruetickError

RETRY_UNAVAILABLE = 2
RETRY_PACING = 15


class Refusal(TruetickError):
    """An answer with `status` of 400 or more; the message is for people, `code` for programs.

    `retry_after` is in seconds, `candidates` are the contracts that a name may mean.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: str = "",
        *,
        retry_after: float | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details
        self.retry_after = retry_after
        self.candidates = tuple(candidates)

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the status."""
        found = {} if self.retry_after is None else {"Retry-After": str(max(1, round(self.retry_after)))}
        return found | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})


class Kind(NamedTuple):
    """What an error of ours is over HTTP."""

    status: int
    code: str
    details: str
    retry_after: float | None = None


KINDS: Mapping[type[TruetickError], Kind] = {
    errors.BadRequest: Kind(400, "INVALID_PARAMETER", "See /docs for what each parameter may be."),
    errors.ContractNotFound: Kind(
        404, "CONTRACT_NOT_FOUND", "Verify the contract id or the name with GET /contracts/search?q=NAME."
    ),
    errors.AmbiguousContract: Kind(
        400, "AMBIGUOUS_CONTRACT", "Use the contract id of one of the candidates, or SYMBOL@EXCHANGE."
    ),
    errors.NoPermission: Kind(403, "NO_PERMISSION", "Subscribe to the data in IB's Client Portal."),
    errors.NoData: Kind(404, "NO_DATA", "There is none; another range or contract may have some."),
    TooManyStreams: Kind(
        429, "TOO_MANY_STREAMS", "End one, or come back later; GET /stream/info tells what is left.", 5
    ),
    errors.PacingRefused: Kind(429, "PACING", "Ask again later.", RETRY_PACING),
    errors.RequestTimedOut: Kind(504, "TIMED_OUT", "TWS did not answer; ask again."),
    errors.RequestFailed: Kind(502, "REJECTED", "TWS refused it; the message has its reason."),
    errors.ConnectionFailed: Kind(
        503, "TWS_UNAVAILABLE", "See GET /health; the server goes on trying.", RETRY_UNAVAILABLE
    ),
    errors.SetupError: Kind(503, "TWS_UNAVAILABLE", "The server's log says what to change.", 30),
}
INTERNAL = Kind(500, "INTERNAL_ERROR", "A bug of ours; the server's log has it under the request id.")


def refusal_of(error: Exception) -> Refusal:
    """The answer that an error becomes; what is no error of ours says nothing of its inside."""
    if isinstance(error, Refusal):
        return error
    for kind in type(error).__mro__:
        if kind in KINDS:
            status, code, details, retry_after = KINDS[kind]
            return Refusal(
                status,
                code,
                str(error),
                details,
                retry_after=getattr(error, "retry_after", None) or retry_after,
                candidates=getattr(error, "candidates", ()),
            )
    return Refusal(INTERNAL.status, INTERNAL.code, "internal server error", INTERNAL.details)


def too_many(what: str, advice: str, retry_after: float, code: str = "TOO_MANY_REQUESTS") -> Refusal:
    """A limit of this server's is reached."""
    return Refusal(429, code, what, advice, retry_after=retry_after)


def body_of(refusal: Refusal, now: int, request_id: str) -> dict[str, Any]:
    """The object to send; `now` is UTC nanoseconds."""
    body: dict[str, Any] = {
        "type": "error",
        "timestamp": times.to_datetime(now).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "error": {"code": refusal.code, "message": str(refusal), "details": refusal.details},
        "request_id": request_id,
    }
    return body | ({"candidates": list(refusal.candidates)} if refusal.candidates else {})
