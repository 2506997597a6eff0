import tracemalloc
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ib_stream.feeds.sent import KEPT, Sent
from market.times import SECOND
from tests.fakes import T0, trade

TICKS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=12)
Pair = tuple[int, int]


def told(pairs: list[Pair]) -> Sent:
    sent = Sent(0)
    for number, (second, price) in enumerate(pairs, start=1):
        sent.note(trade(second, price), number)
    return sent


@given(live=TICKS, history=TICKS)
def test_what_was_sent_and_what_is_lacking_are_together_all_that_either_has(
    live: list[Pair], history: list[Pair]
) -> None:
    found = told(live).lacking(trade(*each) for each in history)
    lacking = Counter(((each.time - T0) // SECOND, each.price) for each in found)  # type: ignore[union-attr]
    assert Counter(live) + lacking == Counter(live) | Counter(history)


@given(TICKS, st.integers(0, 12), st.integers(0, 12))
def test_numbers_tell_what_was_sent_between_them(pairs: list[Pair], after: int, until: int) -> None:
    sent = told(pairs)
    between = {T0 // SECOND + second for second, _ in pairs[after:until]}
    assert set(sent.seconds(after, until)) == between
    counts = [sent.contents(second, after, until).total() for second in between]
    assert sum(counts) == len(pairs[after:until])


def test_what_is_old_is_let_go_unless_history_has_still_to_answer_for_it() -> None:
    sent = told([(0, 1), (1, 1)])
    sent.waiting = T0 + SECOND
    sent.note(trade(2 * KEPT // SECOND), 3)
    assert (sent.lost, sent.since) == (1, T0 + SECOND)
    assert sent.contents(T0 // SECOND + 1).total() == 1
    sent.waiting = None
    sent.note(trade(3 * KEPT // SECOND), 4)
    assert sent.lost == 2


def test_a_tick_costs_some_bytes_and_none_once_as_much_is_kept_as_ever() -> None:
    sent, each = Sent(0), 40
    tracemalloc.start()

    def held_after(seconds: range) -> int:
        for second in seconds:
            for price in range(each):
                sent.note(trade(second, price), second * each + price + 1)
        return tracemalloc.get_traced_memory()[0]

    full = KEPT // SECOND + 60
    first = held_after(range(full))
    last = held_after(range(full, 2 * full))
    tracemalloc.stop()
    assert first < 16 * each * full
    assert last < 1.1 * first
