import pytest

from benchmarks.wire_parts.meter import Meter, percentile


@pytest.mark.parametrize(("share", "value"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_a_value_that_occurred(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_the_first_tenth_of_the_latencies_is_warm_up() -> None:
    meter = Meter(20)
    meter.latencies = [9_000_000, 9_000_000, *[5_000] * 18]
    assert meter.report(20)["latency_us"] == {"p50": 5.0, "p99": 5.0}


def test_an_unfinished_run_reports_no_values() -> None:
    meter = Meter(20)
    meter.go()
    assert meter.report(3)["values"] == []
