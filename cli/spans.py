"""The time span a user means: `--start` and `--end`, or `--days` back from the end."""

import argparse

from market import times
from market.errors import BadRequest

_MOST_DAYS = 36_500


def add_span_arguments(parser: argparse.ArgumentParser, *, days: int | None) -> None:
    """Add --start, --end and, where `days` is a default, --days."""
    parser.add_argument("--start", help="first moment, UTC: 2026-01-05 or 2026-01-05T14:30")
    parser.add_argument("--end", help="first moment no longer wanted, UTC (now)")
    if days is not None:
        parser.add_argument(
            "--days", type=float, default=None, help=f"instead of --start: days back ({days})"
        )
        parser.set_defaults(default_days=days)


def limits(args: argparse.Namespace) -> tuple[int | None, int | None]:
    """--start and --end in UTC nanoseconds, where they were given; raise `BadRequest` for an empty span."""
    start, end = (times.parse(text) if text else None for text in (args.start, args.end))
    if start is not None and end is not None and start >= end:
        raise BadRequest(f"start {times.iso(start)} is not before end {times.iso(end)}; turn the dates round")
    return start, end


def span(args: argparse.Namespace, now: int) -> tuple[int, int]:
    """[start, end) in UTC nanoseconds; raise `BadRequest` when that is empty, said twice or in the future."""
    first, last = limits(args)
    end = now if last is None else last
    if args.start and args.days is not None:
        raise BadRequest("give --start or --days, not both")
    days = args.default_days if args.days is None else args.days
    if not 0 < days <= _MOST_DAYS:
        raise BadRequest(f"--days {days:g}: days must be above 0, and {_MOST_DAYS} at most")
    start = end - int(days * times.DAY) if first is None else first
    if start >= now:
        raise BadRequest(f"start {times.iso(start)} lies in the future; now it is {times.iso(now)}")
    return start, end
