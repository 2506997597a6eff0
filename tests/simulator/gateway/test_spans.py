import pytest

from market.bar_size import BarSize
from market.events import Hours
from market.times import iso, parse
from simulator.gateway.dates import Duration
from simulator.gateway.spans import span
from tests.simulator.fake_model import LISTINGS, FakeModel


def spanned(size: str, hours: Hours, duration: str, end: str) -> tuple[str, str]:
    found = span(FakeModel(), LISTINGS[0], BarSize.parse(size), hours, Duration.parse(duration), parse(end))
    assert found is not None
    return iso(found[0])[:16], iso(found[1])[:16]


@pytest.mark.parametrize(
    ("size", "hours", "duration", "end", "expected"),
    [
        # Seconds go back from the end, or from the last close when the market is shut.
        ("1m", "all", "600 S", "2026-01-09T17:00", ("2026-01-09T16:50", "2026-01-09T17:00")),
        ("1m", "rth", "600 S", "2026-01-11T12:00", ("2026-01-09T20:50", "2026-01-09T21:00")),
        # Days are trading days, each from its opening.
        ("1m", "rth", "1 D", "2026-01-09T17:00", ("2026-01-09T14:30", "2026-01-09T17:00")),
        ("1m", "all", "2 D", "2026-01-12T10:00", ("2026-01-09T09:00", "2026-01-12T10:00")),
        ("1m", "rth", "1 D", "2026-01-12T10:00", ("2026-01-09T14:30", "2026-01-09T21:00")),
        # A week that ends on a Friday begins with its Monday.
        ("1h", "rth", "1 W", "2026-01-09T22:00", ("2026-01-05T14:30", "2026-01-09T21:00")),
        ("1D", "rth", "5 D", "2026-01-09T17:00", ("2026-01-05T00:00", "2026-01-10T00:00")),
        ("1D", "rth", "1 M", "2026-01-09T17:00", ("2025-12-10T00:00", "2026-01-10T00:00")),
        ("1D", "rth", "1 Y", "2026-01-09T17:00", ("2025-01-10T00:00", "2026-01-10T00:00")),
    ],
)
def test_a_duration_means_what_ib_means_by_it(
    size: str, hours: Hours, duration: str, end: str, expected: tuple[str, str]
) -> None:
    assert spanned(size, hours, duration, end) == expected
