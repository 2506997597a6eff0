import argparse

import pytest

from cli.spans import add_span_arguments, limits, span
from market import times
from market.errors import BadRequest

NOW = times.parse("2026-01-20T12:00")


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_span_arguments(parser, days=5)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("arguments", "start", "end"),
    [
        ((), "2026-01-15T12:00", "2026-01-20T12:00"),
        (("--days", "1.5"), "2026-01-19T00:00", "2026-01-20T12:00"),
        (("--end", "2026-01-09"), "2026-01-04", "2026-01-09"),
        (("--start", "2026-01-05", "--end", "2026-01-06T10:30"), "2026-01-05", "2026-01-06T10:30"),
    ],
)
def test_a_span_is_what_the_user_means(arguments: tuple[str, ...], start: str, end: str) -> None:
    assert span(parsed(*arguments), NOW) == (times.parse(start), times.parse(end))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--start", "2026-01-06", "--end", "2026-01-05"), "turn the dates round"),
        (("--start", "2026-01-05", "--end", "2026-01-05"), "not before"),
        (("--start", "2026-01-05", "--days", "3"), "not both"),
        (("--end", "soon"), "write 2026-01-09"),
        (("--days", "0"), "days must be above 0"),
        (("--days", "-3"), "days must be above 0"),
        (("--days", "inf"), "36500 at most"),
        (("--start", "2026-01-21"), "start 2026-01-21T00:00:00Z lies in the future"),
        (("--start", "2026-01-21", "--end", "2026-01-22"), "lies in the future"),
    ],
)
def test_a_span_that_makes_no_sense_says_what_to_do(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        span(parsed(*arguments), NOW)


def test_limits_are_what_was_given_and_an_empty_span_is_refused() -> None:
    start, end = times.parse("2026-01-05"), times.parse("2026-01-06")
    assert limits(parsed()) == (None, None)
    assert limits(parsed("--start", "2026-01-05", "--end", "2026-01-06")) == (start, end)
    with pytest.raises(BadRequest, match="turn the dates round"):
        limits(parsed("--start", "2026-01-06", "--end", "2026-01-06"))
