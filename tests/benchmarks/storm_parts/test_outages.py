from benchmarks.storm_parts.outages import causes, outages, recoveries
from market.times import SECOND


def change(at: float, state: str, contract: int = 1, source: str = "tbt") -> list[object]:
    return [int(at * SECOND), contract, "Last", source, state, 0, ""]


def incident(at: float, fault: str, phase: str) -> dict[str, object]:
    return {"time": int(at * SECOND), "fault": fault, "phase": phase, "arguments": "{}"}


def test_an_outage_lasts_from_the_first_break_to_live() -> None:
    changes = [change(0, "live"), change(3, "interrupted"), change(5, "paused"), change(9, "live")]
    assert outages(changes) == [(3 * SECOND, 9 * SECOND)]
    assert outages(changes[:3]) == []


def test_streams_are_told_apart() -> None:
    changes = [change(1, "interrupted"), change(2, "live", contract=2), change(3, "live", source="l1")]
    assert outages(changes) == []


def test_a_momentary_fault_is_over_when_it_begins() -> None:
    rows = [incident(1, "cut", "begin"), incident(2, "offline", "begin"), incident(7, "offline", "end")]
    assert causes([*rows, incident(8, "glued", "begin")]) == [(SECOND, SECOND), (2 * SECOND, 7 * SECOND)]


def test_recovery_counts_from_the_end_of_the_last_cause() -> None:
    changes = [change(10, "interrupted"), change(32, "live"), change(50, "interrupted"), change(51, "live")]
    incidents = [
        incident(10, "offline", "begin"),
        incident(30, "offline", "end"),
        incident(50, "cut", "begin"),
    ]
    assert recoveries(changes, incidents) == {"outages": 2, "longest": 22.0, "p50": 2.0, "p99": 2.0}
