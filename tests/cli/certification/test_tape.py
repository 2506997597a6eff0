from hypothesis import given
from hypothesis import strategies as st

from cli.certification.tape import SESSION, Tape
from ib_api.framing import frame


def message(*fields: object) -> bytes:
    return frame("".join(f"{field}\0" for field in fields).encode())


SAID = [(10, 100_000_007, "AAPL"), (52, 1, 100_000_007), (49, 1, 1_767_225_600), (4, -1, 2104, "ok"), (62, 1)]


def asked() -> Tape:
    tape = Tape(clock=lambda: 0.0)
    for tape.question, sent in (("time", (49, 1)), ("details", (9, 8, 100_000_007)), ("positions", (61, 1))):
        tape.sent(message(*sent))
    return tape


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_answers_belong_to_their_questions_however_they_are_cut(sizes: list[int]) -> None:
    tape, rest = asked(), b"".join(message(*fields) for fields in SAID)
    for size in sizes:
        tape.received(rest[:size])
        rest = rest[size:]
    tape.received(rest)
    came = [line for line in tape.lines if not line.sent]
    assert [line.question for line in came] == ["details", "details", "time", SESSION, "positions"]
    assert [line.fields for line in came] == [tuple(map(str, fields)) for fields in SAID]


def test_the_latest_who_asked_for_the_time_gets_it() -> None:
    tape = asked()
    tape.question = "time again"
    tape.sent(message(49, 1))
    tape.received(message(49, 1, 1_767_225_601))
    assert tape.lines[-1].question == "time again"


def test_a_new_connection_begins_with_a_new_message() -> None:
    tape = asked()
    tape.received(message(52, 1, 100_000_007)[:6])
    tape.greeted(200, "20260102 09:30:00 EST")
    tape.received(message(15, 1, "DU1"))
    assert [line.kind for line in tape.lines if not line.sent] == [0, 15]


def test_a_refusal_without_an_id_is_for_the_question_that_is_being_asked() -> None:
    tape = asked()
    tape.received(message(4, -1, 321, "the API is read-only", ""))
    tape.received(message(4, -1, 2104, "a farm is ok", ""))
    assert [line.question for line in tape.lines[-2:]] == ["positions", SESSION]
