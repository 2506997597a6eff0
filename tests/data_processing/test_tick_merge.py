from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data_processing.tick_merge import fold
from data_storage.tables import FILLED, OPEN, PARTIAL, WHOLE
from market.events import DataType, Trade
from market.times import SECOND
from tests.fakes import T0, trade
from tests.tick_tables import ticks_table

Table = Any  # pyarrow has no types


def live(number: int, *ticks: Trade, seen: int = OPEN, first: int = 0) -> Table:
    """A part of live recording `number`; `first` is the ordinal of its first tick in that tick's second."""
    return _part(number, ticks, seen, first)


def history(number: int, *ticks: Trade) -> Table:
    return _part(
        number, [trade((t.time - T0) / SECOND, t.price, t.size, source="history") for t in ticks], WHOLE, 0
    )


def filled(number: int, *ticks: Trade) -> Table:
    return _part(number, [trade((t.time - T0) / SECOND, t.price, source="history") for t in ticks], FILLED, 0)


def _part(number: int, ticks: Sequence[Trade], seen: int, first: int) -> Table:
    ordinals = list[int]()
    for i, tick in enumerate(ticks):
        same = sum(t.time // SECOND == tick.time // SECOND for t in ticks[:i])
        ordinals.append(same + (first if tick.time // SECOND == ticks[0].time // SECOND else 0))
    return ticks_table(ticks, "Last", number, ordinals, [seen] * len(ticks))


def shown(table: Table) -> list[tuple[float, str]]:
    return list(zip(table["price"].to_pylist(), table["source"].to_pylist(), strict=True))


def test_identical_ticks_of_one_second_all_stay() -> None:
    assert fold([live(1, trade(), trade(), trade())], "Last").num_rows == 3


def test_the_parts_of_a_recording_make_one_second() -> None:
    parts = [live(1, trade(0, 1), trade(0, 2)), live(1, trade(0, 3), trade(1, 4), first=2)]
    assert [price for price, _ in shown(fold(parts, "Last"))] == [1, 2, 3, 4]


def test_history_replaces_a_second_that_was_seen_in_part() -> None:
    parts = [live(1, trade(0, 2), seen=PARTIAL), history(2, trade(0, 1), trade(0, 2))]
    assert shown(fold(parts, "Last")) == [(1, "history"), (2, "history")]


def test_history_replaces_the_second_in_which_a_stream_ended() -> None:
    parts = [live(1, trade(0, 1), trade(1, 2)), history(2, trade(1, 2), trade(1, 3))]
    assert shown(fold(parts, "Last")) == [(1, "tbt"), (2, "history"), (3, "history")]


def test_a_second_seen_whole_stays_and_the_disagreement_is_marked() -> None:
    parts = [live(1, trade(0, 1), trade(0, 2), trade(1, 3)), history(2, trade(0, 1))]
    table = fold(parts, "Last")
    assert shown(table) == [(1, "tbt"), (2, "tbt"), (3, "tbt")]
    assert table["disputed"].to_pylist() == [True, True, False]


def test_a_second_seen_whole_replaces_an_answer_that_left_prints_out() -> None:
    parts = [history(1, trade(0, 1)), live(2, trade(0, 1), trade(0, 2), trade(1, 3))]
    assert shown(fold(parts, "Last")) == [(1, "tbt"), (2, "tbt"), (3, "tbt")]


def test_a_later_historical_answer_replaces_an_earlier_one_if_it_differs() -> None:
    first, same, other = (history(n, trade(0, price)) for n, price in ((1, 5), (2, 5), (3, 6)))
    assert fold([first, same], "Last")["recording"].to_pylist() == [1]
    assert fold([first, same, other], "Last")["recording"].to_pylist() == [3]


def test_of_two_parts_the_fuller_stays() -> None:
    small, full = live(1, trade(0, 1), seen=PARTIAL), live(2, trade(0, 2), trade(0, 3), seen=PARTIAL)
    assert [price for price, _ in shown(fold([small, full], "Last"))] == [2, 3]


def test_what_fills_a_hole_replaces_a_second_that_looks_whole_and_that_is_no_dispute() -> None:
    parts = [live(1, trade(0, 1), trade(1, 2)), filled(2, trade(0, 1), trade(0, 3)), history(3, trade(0, 1))]
    table = fold(parts, "Last")
    assert shown(table) == [(1, "history"), (3, "history"), (2, "tbt")]
    assert not any(table["disputed"].to_pylist())


def test_data_types_do_not_touch_each_other() -> None:
    parts = [live(1, trade(0, 1)), live(2, trade(0, 2, data_type=DataType.DELAYED))]
    assert fold(parts, "Last").num_rows == 2


SECONDS = st.lists(st.integers(0, 4), min_size=1, max_size=8).map(sorted)
MAKERS = st.sampled_from([live, history, filled])
RECORDINGS = st.lists(st.tuples(MAKERS, SECONDS), min_size=1, max_size=5)


def tables(recordings: Sequence[tuple[Any, Sequence[int]]]) -> list[Table]:
    return [
        make(number + 1, *(trade(second, 10 * number + i) for i, second in enumerate(seconds)))
        for number, (make, seconds) in enumerate(recordings)
    ]


@given(RECORDINGS)
def test_no_second_mixes_two_recordings(recordings: Sequence[tuple[Any, Sequence[int]]]) -> None:
    table = fold(tables(recordings), "Last")
    seconds = [time // SECOND for time in table["time"].cast("int64").to_pylist()]
    assert len(set(zip(seconds, table["recording"].to_pylist(), strict=True))) == len(set(seconds))


@given(RECORDINGS, st.data())
def test_merging_parts_again_changes_nothing(
    recordings: Sequence[tuple[Any, Sequence[int]]], data: st.DataObject
) -> None:
    parts = tables(recordings)
    merged = fold(parts, "Last")
    left = data.draw(st.lists(st.sampled_from(parts)))
    assert fold([merged, *left], "Last").equals(merged)


@given(RECORDINGS)
def test_merging_in_steps_ends_in_the_same_ticks(recordings: Sequence[tuple[Any, Sequence[int]]]) -> None:
    parts = tables(recordings)
    stepwise = parts[0]
    for part in parts[1:]:
        stepwise = fold([stepwise, part], "Last")
    assert shown(fold([stepwise], "Last")) == shown(fold(parts, "Last"))
