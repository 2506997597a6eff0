from datetime import date
from pathlib import Path

from data_storage.evidence import Answer, Evidence, Session, Telling
from data_storage.ledger import Ledger, Span, Stream

MINUTES = Stream(1, "SMART", "1m", what="TRADES", hours="all")
HOURS = Stream(1, "SMART", "1h", what="TRADES", hours="all")
MONDAY = Session(-5, 10**18, date(2026, 1, 5))


def test_answers_are_read_back_by_stream(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    evidence.put_answer(MINUTES, Answer(10, 20, 3))
    evidence.put_answer(MINUTES, Answer(0, 15, 0))
    evidence.put_answer(HOURS, Answer(0, 9, 1))
    assert evidence.answers(MINUTES) == [Answer(0, 15, 0), Answer(10, 20, 3)]


def test_an_answer_takes_the_place_of_those_within_it(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    for answer in (Answer(0, 5, 1), Answer(4, 12, 2), Answer(0, 10, 3)):
        evidence.put_answer(MINUTES, answer)
    assert evidence.answers(MINUTES) == [Answer(0, 10, 3), Answer(4, 12, 2)]


def test_what_was_told_of_hours_is_kept_the_latest_last(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    tellings = [Telling(0, 9, 3, (), (date(2026, 1, 6),)), Telling(5, 20, 1, (MONDAY,))]
    for telling in (Telling(0, 7, 2, (MONDAY,)), *tellings):
        evidence.put_telling(1, "SMART", "rth", telling)
    assert evidence.tellings(1, "SMART", "rth") == [tellings[1], tellings[0]]
    assert evidence.tellings(1, "SMART", "all") == []


def test_a_ledger_without_these_tables_is_read_as_empty(tmp_path: Path) -> None:
    assert Evidence(tmp_path).answers(MINUTES) == []
    assert list(tmp_path.iterdir()) == []
    Ledger(tmp_path).put([Span(MINUTES, 0, 4, "have")])
    assert Evidence(tmp_path).tellings(1, "SMART", "all") == []


def test_the_stretches_of_the_ledger_are_left_alone(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    evidence.put([Span(MINUTES, 0, 4, "have")])
    evidence.put_answer(MINUTES, Answer(0, 4, 1))
    assert evidence.spans() == Ledger(tmp_path).spans() == [Span(MINUTES, 0, 4, "have")]
