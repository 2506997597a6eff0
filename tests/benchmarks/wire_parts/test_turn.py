from typing import Any

import pytest

from benchmarks.wire_parts.turn import Side, WrongDelivery, judge, take

SIDE = Side("somebody", None, "client", "callback", 200)


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "count": 1_000,
        "ended": 3_000_000_000,
        "cpu": 0.5,
        "values": [777.25, 77.0],
        "latency_us": {},
    } | changes


def test_the_rate_runs_from_the_first_byte_to_the_last_delivery() -> None:
    run = judge(SIDE, "last", 1_000, 1_000_000_000, answer(), latency=False)
    assert (run.rate, run.cpu_us, run.complete) == (500.0, 500.0, True)


@pytest.mark.parametrize(
    "wrong", [{"values": [100.0, 77.0]}, {"values": []}, {"count": 1_001}, {"count": 0, "values": []}]
)
def test_what_was_not_sent_gives_no_figures(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongDelivery, match="somebody, last"):
        judge(SIDE, "last", 1_000, 0, answer(**wrong), latency=False)


def test_a_run_that_was_cut_off_counts_with_what_it_delivered() -> None:
    run = judge(SIDE, "last", 1_000, 1_000_000_000, answer(count=100, values=[]), latency=False)
    assert (run.rate, run.complete) == (50.0, False)


@pytest.mark.modern
@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("callback", "tick_price"),
        ("event", "last"),
        ("loop", "bid_ask"),
        ("event", "bar_5s"),
        ("callback", "history"),
        ("event", "history"),
    ],
)
def test_our_client_gets_all_that_is_sent(form: str, kind: str) -> None:
    assert take(Side("ours", None, "our_client", form, 200), kind, 2_000).complete


@pytest.mark.modern
def test_latency_is_measured_at_a_steady_pace() -> None:
    run = take(Side("ours", None, "our_client", "event", 200), "last", 300, pace=2_000)
    assert run.p50_us is not None
    assert run.p99_us is not None
    assert 0 < run.p50_us <= run.p99_us
