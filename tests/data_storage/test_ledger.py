from collections.abc import Iterator
from pathlib import Path

import pytest

from data_storage.errors import DamagedFile, UnusableFolder
from data_storage.ledger import FILE, Ledger, Span, Stream

LAST = Stream(1, "SMART", "Last", "tbt")
BARS = Stream(1, "SMART", "1m", what="TRADES", hours="rth")


def test_what_is_put_is_read_back_by_stream_and_start(tmp_path: Path) -> None:
    spans = [
        Span(LAST, 5, None, "pending", "cut", 7, 3),
        Span(LAST, 0, 5, "have"),
        Span(BARS, 0, 9, "gap", "no"),
    ]
    Ledger(tmp_path).put(spans)
    assert Ledger(tmp_path).spans() == [spans[2], spans[1], spans[0]]


def test_a_span_replaces_the_one_of_its_start_and_gone_ones_go(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.put([Span(LAST, 0, None, "have"), Span(LAST, 9, None, "pending")])
    ledger.put([Span(LAST, 0, 4, "have")], gone=[(LAST, 9)])
    assert ledger.spans() == [Span(LAST, 0, 4, "have")]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    assert (Ledger(tmp_path).spans(), Ledger(tmp_path).alive) == ([], None)
    assert list(tmp_path.iterdir()) == []


def test_the_last_sign_of_life_is_kept(tmp_path: Path) -> None:
    Ledger(tmp_path).note_alive(5)
    Ledger(tmp_path).note_alive(7)
    assert Ledger(tmp_path).alive == 7


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.put([Span(LAST, 0, 4, "have")])

    def broken() -> Iterator[Span]:
        yield Span(LAST, 4, 5, "gap")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.put(broken(), gone=[(LAST, 0)])
    assert ledger.spans() == [Span(LAST, 0, 4, "have")]


def test_a_damaged_file_is_told_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to look like one" * 99)
    with pytest.raises(DamagedFile, match="move it away"):
        Ledger(tmp_path).spans()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableFolder, match="cannot be used"):
        Ledger(tmp_path / "missing").put([])


def test_answers_are_kept_by_series_and_replaced_whole(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert (ledger.answered("a"), ledger.all_answered()) == ([], {})
    ledger.put_answered({"a": [(5, 7), (1, 2)], "b": [(0, 9)]})
    ledger.put_answered({"b": []})
    assert (ledger.answered("a"), ledger.all_answered()) == ([(1, 2), (5, 7)], {"a": [(1, 2), (5, 7)]})
