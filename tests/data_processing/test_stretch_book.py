from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from data_processing.stretch_book import StretchBook
from data_storage.ledger import Key, Span, Stream

LAST = Stream(1, "SMART", "Last", "tbt")
FOREVER = 10**9


class Tens:
    """Units of ten."""

    def bounds(self, stream: Stream, time: int) -> tuple[int, int]:
        return time // 10 * 10, time // 10 * 10 + 10


def states(book: StretchBook) -> list[tuple[int, int | None, str]]:
    return [(span.start, span.end, span.state) for span in book.of(LAST)]


def test_a_stream_is_had_from_join_to_break_and_missing_from_break_to_join_seams_included() -> None:
    book = StretchBook([], Tens())
    assert book.live(LAST, 5) is None
    assert book.broken(LAST, 47, "pending", "cut")
    missed = book.live(LAST, 63)
    assert missed == Span(LAST, 40, 70, "pending", "cut")
    assert states(book) == [(10, 40, "have"), (40, 70, "pending"), (70, None, "have")]


def test_a_stream_that_broke_before_it_was_live_is_missing_nothing() -> None:
    book = StretchBook([], Tens())
    assert not book.broken(LAST, 5, "pending", "cut")
    assert (book.ended(LAST, 9), states(book)) == (None, [])


def test_only_the_first_break_counts() -> None:
    book = StretchBook([], Tens())
    book.live(LAST, 0)
    book.broken(LAST, 25, "pending", "first")
    assert not book.broken(LAST, 45, "pending", "second")
    assert book.of(LAST)[-1] == Span(LAST, 20, None, "pending", "first")


def test_what_was_had_and_lost_is_missing_in_its_midst() -> None:
    book = StretchBook([], Tens())
    book.live(LAST, 0)
    book.lost(LAST, 35, 52, "overrun")
    assert states(book) == [(10, 30, "have"), (30, 60, "pending"), (60, None, "have")]


def test_bars_are_wanted_only_where_nothing_is_known() -> None:
    book = StretchBook([Span(LAST, 20, 40, "filled")], Tens())
    book.want(LAST, 15, 55, "cut")
    assert states(book) == [(10, 20, "pending"), (20, 40, "filled"), (40, 60, "pending")]


def test_changes_that_could_not_be_written_come_again_unless_newer_ones_stand() -> None:
    book = StretchBook([], Tens())
    book.live(LAST, 5)
    changes = book.take_changes()
    assert book.take_changes() == {}
    book.ended(LAST, 47)
    book.give_back(changes)
    assert book.take_changes() == {(LAST, 10): Span(LAST, 10, 40, "have")}


Step = Callable[[StretchBook, int], object]
STEPS: list[Step] = [
    lambda book, time: book.live(LAST, time),
    lambda book, time: book.broken(LAST, time, "pending", "cut"),
    lambda book, time: book.broken(LAST, time - 17, "pending", "noticed late"),
    lambda book, time: book.ended(LAST, time),
    lambda book, time: book.lost(LAST, time - 25, time - 4, "overrun"),
    lambda book, time: book.want(LAST, time - 25, time, "cut"),
]
PLAYS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40)), max_size=20)


@given(PLAYS)
def test_stretches_never_overlap_and_what_is_written_is_what_is_there(plays: list[tuple[Step, int]]) -> None:
    book, time, written = StretchBook([], Tens()), 100, dict[Key, Span | None]()
    for step, later in plays:
        time += later
        step(book, time)
        written |= book.take_changes()
    spans = book.of(LAST)
    ends = [FOREVER if span.end is None else span.end for span in spans]
    assert all(span.start < end for span, end in zip(spans, ends, strict=True))
    assert all(end <= later.start for end, later in zip(ends, spans[1:], strict=False))
    assert sorted(filter(None, written.values()), key=lambda span: span.start) == spans
