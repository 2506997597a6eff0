from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.bar_forms import UpsertReport
from data_processing.bar_merge import merge, pick
from data_storage.tables import BARS, bars_table
from market.events import Bar
from tests.fakes import T0, bar

PROVISIONAL: Any = {"final": False, "source": "ticks"}
COMPLETE: Any = {"final": True, "source": "ticks"}
RUNNING: Any = {"final": False, "source": "history"}


def upsert(*bars: Bar, into: Any = None) -> Any:  # a table: pyarrow has no types
    table = BARS.empty_table() if into is None else into
    for each in bars:
        table, _ = merge(table, bars_table([each]))
    return table


def closes(table: Any) -> list[float]:
    return list(table["close"].to_pylist())


def test_a_provisional_bar_is_replaced_by_a_final_one() -> None:
    assert closes(upsert(bar(close=1, **PROVISIONAL), bar(close=2, **COMPLETE))) == [2]


@pytest.mark.parametrize("late", [{}, {"received": T0 + 10**18}])
def test_a_final_bar_is_never_replaced_by_a_provisional_one(late: dict[str, int]) -> None:
    assert closes(upsert(bar(close=1, **COMPLETE), bar(close=2, **PROVISIONAL | late))) == [1]


def test_of_two_provisional_bars_the_later_stays() -> None:
    later: Any = {"received": T0 + 10**18}
    assert closes(upsert(bar(close=1, **PROVISIONAL), bar(close=2, **PROVISIONAL | later))) == [2]
    assert closes(upsert(bar(close=2, **PROVISIONAL | later), bar(close=1, **PROVISIONAL))) == [2]


@pytest.mark.parametrize("known", [T0, T0 + 10**18])
def test_a_provisional_bar_of_ours_never_replaces_one_of_history(known: int) -> None:
    ours, theirs = bar(close=1, **PROVISIONAL | {"received": known}), bar(close=2, **RUNNING)
    assert closes(upsert(ours, theirs)) == closes(upsert(theirs, ours)) == [2]
    assert closes(upsert(theirs, bar(close=3, **COMPLETE))) == [3]


def test_history_wins_over_ticks_whichever_comes_first() -> None:
    ticks = bar(close=1, received=T0, **COMPLETE)
    assert closes(pick(upsert(ticks, bar(close=2)), "latest")) == [2]
    assert closes(pick(upsert(bar(close=2), ticks), "latest")) == [2]


def test_a_revision_is_counted_and_the_first_version_kept() -> None:
    first, second = bar(close=1, received=T0), bar(close=2, received=T0 + 1)
    table, report = merge(upsert(first), bars_table([second]))
    assert report == UpsertReport(revised=1)
    assert closes(pick(table, "first")) == [1]
    assert closes(pick(table, "latest")) == [2]
    assert table["version"].to_pylist() == [0, 1]


@pytest.mark.parametrize("ours", [PROVISIONAL, COMPLETE, RUNNING])
def test_history_that_replaces_a_lower_rank_confirms_whatever_it_says(ours: Any) -> None:
    table, report = merge(upsert(bar(close=1, received=T0, **ours)), bars_table([bar(close=2)]))
    assert report == UpsertReport(confirmed=1)
    assert closes(pick(table, "latest")) == [2]


def test_a_value_that_returns_is_the_latest_again() -> None:
    forms = [bar(close=close, received=T0 + i) for i, close in enumerate([1, 2, 1])]
    assert closes(upsert(*forms)) == [1, 2, 1]


def test_equal_bars_change_nothing() -> None:
    table = upsert(*(bar(i) for i in range(3)))
    again, report = merge(table, bars_table([bar(i, received=T0 + 10**18) for i in range(3)]))
    assert again is table
    assert report == UpsertReport(unchanged=3)


def test_equal_values_of_a_higher_rank_confirm() -> None:
    table, report = merge(upsert(bar(**COMPLETE)), bars_table([bar()]))
    assert report == UpsertReport(confirmed=1)
    assert table["source"].to_pylist() == ["history"]


def test_missing_values_are_equal_to_missing_values() -> None:
    bare = bar(volume=None, average=None, count=None)
    assert merge(upsert(bare), bars_table([bare]))[1] == UpsertReport(unchanged=1)
    assert merge(upsert(bare), bars_table([bar()]))[1] == UpsertReport(revised=1)


@st.composite
def updates(draw: st.DrawFn) -> list[Bar]:
    """Forms of three bars, each received at its own time and different from the others."""
    kinds = draw(
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from([PROVISIONAL, RUNNING, COMPLETE, {}])))
    )
    return [bar(minute, close=5.0 + n, received=T0 + n, **kind) for n, (minute, kind) in enumerate(kinds)]


@given(st.data(), updates())
def test_any_order_of_bar_updates_ends_in_the_same_bars(data: st.DataObject, forms: Sequence[Bar]) -> None:
    shuffled = data.draw(st.permutations(forms))
    assert upsert(*shuffled).equals(upsert(*forms))


@given(st.data(), updates())
def test_it_does_not_matter_how_updates_are_batched(data: st.DataObject, forms: Sequence[Bar]) -> None:
    cut = data.draw(st.integers(0, len(forms)))
    table = BARS.empty_table()
    for batch in (forms[:cut], forms[cut:]):
        table, report = merge(table, bars_table(batch))
        assert sum((report.new, report.confirmed, report.revised, report.unchanged)) == len(batch)
    assert table.equals(upsert(*forms))
