"""What is said of delivery and latency follows from what was noted at both ends."""

from array import array
from pathlib import Path

from benchmarks.serving_parts import notes, whole
from benchmarks.serving_parts.notes import Notes
from market.times import SECOND

MILLISECOND = 1_000_000


def noted(*ticks: tuple[int, int]) -> Notes:
    """Milliseconds and contents."""
    return Notes(
        array("q", [time * MILLISECOND for time, _ in ticks]), array("q", [content for _, content in ticks])
    )


SENT = noted((0, 7), (10, 8), (20, 9), (1_500, 7))


def judged(*clients: Notes) -> dict[str, object]:
    return whole.judged({1: SENT}, {1: clients}, 0, SECOND)


def test_who_got_every_tick_in_order_has_their_latencies() -> None:
    found = judged(noted((2, 7), (11, 8), (24, 9), (1_600, 7)), noted((3, 7), (12, 8), (22, 9)))
    assert (found["delivered"], found["wrong_clients"]) == (1.0, 0)
    assert (found["p50_ms"], found["worst_ms"]) == (2.0, 4.0)


def test_a_tick_that_is_lost_doubled_or_out_of_order_is_not_delivered() -> None:
    lost, doubled = noted((2, 7), (24, 9)), noted((2, 7), (11, 8), (12, 8), (24, 9))
    turned = noted((2, 8), (11, 7), (24, 9))
    assert judged(lost, doubled, turned)["wrong_clients"] == 3


def test_what_came_after_the_notes_were_taken_does_not_count() -> None:
    ticks = [(time, time * time) for time in range(100)]
    assert notes.matched(noted(*ticks[:50]), noted(*ticks[10:])) == 10
    assert notes.matched(noted(*ticks[:50]), noted(*ticks[10:40], *ticks[41:])) is None


def test_who_joined_late_lacks_what_was_before() -> None:
    found = judged(noted((24, 9), (1_600, 7)))
    assert (found["delivered"], found["wrong_clients"]) == (0.333333, 0)


def test_notes_come_back_as_they_were_written(tmp_path: Path) -> None:
    notes.write(tmp_path / "notes.npz", {5: SENT, 6: notes.empty()})
    assert notes.read(tmp_path / "notes.npz") == {5: SENT, 6: notes.empty()}
