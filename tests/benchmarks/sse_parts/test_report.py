"""Aims are held against what was measured, ours alone or beside a peer."""

from benchmarks.sse_parts import report

FIGURES = dict.fromkeys(report.COLUMNS, 1.0)


def test_a_ratio_is_ours_to_the_peers() -> None:
    results = {"one in flight": {"truetick": {"events_per_second": 90}, "nchan": {"events_per_second": 60}}}
    (aim,) = report.aims(results)
    assert (aim["value"], aim["met"]) == (1.5, True)
    assert aim["aim"] == "one in flight: events_per_second >= 1.2 of nchan"


def test_what_was_not_measured_is_no_aim() -> None:
    assert report.aims({"one in flight": {"truetick": FIGURES, "nchan": {"failed": "no such thing"}}}) == []


def test_a_side_that_failed_says_so_in_the_table() -> None:
    text = report.table({"5,000/s to 200": {"truetick": FIGURES, "nchan": {"failed": "a stream ended"}}})
    assert "a stream ended" in text
    assert "met     5,000/s to 200: delivered >= 1: 1" in text
    assert "NOT MET 5,000/s to 200: cores <= 0.6: 1" in text
