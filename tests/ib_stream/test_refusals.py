import pytest

from ib_stream.refusals import Refusal, body_of, refusal_of
from market import errors
from market.errors import TruetickError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.BadRequest("x"), 400, "INVALID_PARAMETER"),
        (errors.ContractNotFound("x"), 404, "CONTRACT_NOT_FOUND"),
        (errors.NoPermission("x"), 403, "NO_PERMISSION"),
        (errors.PacingRefused("x"), 429, "PACING"),
        (errors.RequestTimedOut("x"), 504, "TIMED_OUT"),
        (errors.RequestRejected("x"), 502, "REJECTED"),
        (errors.ConnectionFailed("x"), 503, "TWS_UNAVAILABLE"),
        (errors.SetupError("x"), 503, "TWS_UNAVAILABLE"),
    ],
)
def test_each_error_of_ours_has_its_status(error: TruetickError, status: int, code: str) -> None:
    refusal = refusal_of(error)
    assert (refusal.status, refusal.code, str(refusal)) == (status, code, "x")
    assert ("Retry-After" in refusal.headers) == (status in (429, 503))


def test_a_bug_shows_nothing_of_its_inside() -> None:
    refusal = refusal_of(KeyError("/home/trader/secret"))
    assert (refusal.status, str(refusal)) == (500, "internal server error")


def test_candidates_are_listed() -> None:
    error = errors.AmbiguousContract("2 contracts", candidates=["AAPL STK NASDAQ", "AAPL STK EBS"])
    body = body_of(refusal_of(error), 1_736_937_000_123_000_000, "r1")
    assert body["candidates"] == ["AAPL STK NASDAQ", "AAPL STK EBS"]
    assert body["timestamp"] == "2025-01-15T10:30:00.123Z"
    assert body["error"].keys() == {"code", "message", "details"}


def test_a_wait_is_told_in_whole_seconds_and_at_least_one() -> None:
    assert Refusal(429, "X", "x", retry_after=0.2).headers["Retry-After"] == "1"
